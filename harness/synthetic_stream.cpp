#include "harness/synthetic_stream.h"

#include "platform/clock.h"

namespace recvbench {

SyntheticStream::SyntheticStream(std::uint64_t run_id, std::uint32_t number, std::uint32_t size_bytes,
                                 std::uint64_t end_ns, bool with_payload)
    : message_(size_bytes), run_id_(run_id), number_(number), end_ns_(end_ns), with_payload_(with_payload) {}

std::span<const std::byte> SyntheticStream::next_receive() {
  const std::span<std::byte, header_bytes> header(message_.data(), header_bytes);
  if (!greeted_) {
    greeted_ = true;
    encode_header({greeting_flag, header_bytes, number_, run_id_, 0, 0}, header);
    return header;
  }
  const std::uint64_t now = now_ns();
  if (now >= end_ns_) return {};
  if (with_payload_) fill_payload(number_, sequence_, std::span(message_).subspan(header_bytes));
  encode_header({no_flags, static_cast<std::uint32_t>(message_.size()), number_, sequence_++, now, now},
                header);
  return message_;
}

}  // namespace recvbench
