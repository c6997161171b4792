// Splits a byte stream that arrives in arbitrary pieces back into messages. Pure; used by the receiver for
// what engines deliver and by the generator for echo replies.
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "loadgen/message.h"

namespace recvbench {

// One per connection. Neither allocates nor copies payload; at most a header is held back.
class MessageStream {
 public:
  // Calls on_message(const MessageHeader&) at each message's last byte and, where the caller wants payloads,
  // on_payload(const MessageHeader&, std::size_t offset, std::span<const std::byte>) for each piece before
  // that. Stops at the first bad header and returns why; the stream is then unusable.
  template <class OnMessage, class OnPayload>
  HeaderError feed(std::span<const std::byte> bytes, OnMessage&& on_message, OnPayload&& on_payload) {
    while (!bytes.empty()) {
      if (header_filled_ < header_bytes) {
        if (header_filled_ == 0 && bytes.size() >= header_bytes) {
          // The common case: the whole header lies in this piece.
          if (const HeaderError error = decode_header(bytes.first<header_bytes>(), header_);
              error != HeaderError::none)
            return error;
          bytes = bytes.subspan(header_bytes);
        } else {
          const std::size_t take = std::min(header_bytes - header_filled_, bytes.size());
          std::memcpy(partial_.data() + header_filled_, bytes.data(), take);
          header_filled_ += take;
          bytes = bytes.subspan(take);
          if (header_filled_ < header_bytes) return HeaderError::none;
          if (const HeaderError error = decode_header(partial_, header_); error != HeaderError::none)
            return error;
        }
        header_filled_ = header_bytes;
        payload_done_ = 0;
      }
      const std::size_t payload = header_.length - header_bytes;
      const std::size_t take = std::min(payload - payload_done_, bytes.size());
      if (take > 0) on_payload(header_, payload_done_, bytes.first(take));
      payload_done_ += take;
      bytes = bytes.subspan(take);
      if (payload_done_ < payload) return HeaderError::none;
      header_filled_ = 0;
      on_message(header_);
    }
    return HeaderError::none;
  }

  // True between two messages: a stream that ends elsewhere was cut in mid-message.
  bool at_boundary() const noexcept { return header_filled_ == 0; }

 private:
  std::array<std::byte, header_bytes> partial_{};
  std::size_t header_filled_ = 0;  // header_bytes while a payload is being read
  std::size_t payload_done_ = 0;
  MessageHeader header_{};
};

}  // namespace recvbench
