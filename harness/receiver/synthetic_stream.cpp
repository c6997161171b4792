#include "harness/receiver/synthetic_stream.h"

#include "platform/clock.h"

namespace recvbench {

SyntheticStream::SyntheticStream(std::uint64_t run_id, std::uint32_t number, const MessageSizes& sizes,
                                 std::uint64_t seed, std::uint64_t end_ns, bool with_payload)
    : message_(sizes.most()),
      sizes_(sizes),
      seed_(seed),
      run_id_(run_id),
      number_(number),
      end_ns_(end_ns),
      with_payload_(with_payload) {}

std::span<const std::byte> SyntheticStream::next_receive() {
  const std::span<std::byte, header_bytes> header(message_.data(), header_bytes);
  if (!greeted_) {
    greeted_ = true;
    encode_header({greeting_flag, header_bytes, number_, run_id_, 0, 0}, header);
    return header;
  }
  const std::uint64_t now = now_ns();
  if (now >= end_ns_) return {};
  const auto message = std::span<std::byte>(message_).first(sizes_.of(seed_, number_, sequence_));
  if (with_payload_) fill_payload(number_, sequence_, message.subspan(header_bytes));
  encode_header({no_flags, static_cast<std::uint32_t>(message.size()), number_, sequence_++, now, now},
                header);
  return message;
}

}  // namespace recvbench
