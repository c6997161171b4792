// The message that the generator sends: a little-endian header of 40 bytes, then a payload that connection
// and sequence determine, so that a receiver can verify every byte. Pure functions; no I/O.
//
//   offset  0  u32  magic "RBM1"          16  u64  sequence (from 0, per connection)
//           4  u8   header version        24  u64  intended send time, ns of now_ns()
//           5  u8   flags                 32  u64  actual send time, ns of now_ns()
//           6  u16  check of the header   40       payload
//           8  u32  length, header included
//          12  u32  connection number
//
// The first message of a connection is its greeting (flag greeting, 40 bytes, sequence = run id, intended
// send time = when its connect was called): what does not greet is a stranger and is closed.
//
// The check holds all five words of the header, itself left out: w0 ^ w1<<<13 ^ w2<<<29 ^ w3<<<7 ^ w4<<<51
// (rotated left), its four quarters XORed. One byte that changes, of the times too, never leaves it as it
// was.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace recvbench {

inline constexpr std::size_t header_bytes = 40;
inline constexpr std::uint32_t max_message_bytes = 16 * 1024 * 1024;

// Every payload is a piece of one pattern that repeats after so many bytes. A prime: buffers that are swapped
// or repeated, whose sizes are round numbers, never match by accident. Short, so that it stays in the first
// cache: copying 24 bytes of a pattern of 32 KiB took 130 ns of a sender's 6 us a message.
inline constexpr std::size_t payload_period = 4'093;
// It lies in memory so many times in a row: whatever 64 KiB hold of it is one piece.
inline constexpr std::size_t payload_repeats = 18;

enum MessageFlags : std::uint8_t { no_flags = 0, greeting_flag = 1 };

struct MessageHeader {
  std::uint8_t flags = no_flags;
  std::uint32_t length = header_bytes;  // header_bytes .. max_message_bytes
  std::uint32_t connection = 0;
  std::uint64_t sequence = 0;
  std::uint64_t intended_ns = 0;
  std::uint64_t actual_ns = 0;
};

enum class HeaderError { none, magic, version, reserved, length, check };
const char* to_string(HeaderError error) noexcept;

void encode_header(const MessageHeader& header, std::span<std::byte, header_bytes> out) noexcept;
HeaderError decode_header(std::span<const std::byte, header_bytes> in, MessageHeader& header) noexcept;

std::array<std::byte, header_bytes> make_greeting(std::uint64_t run_id, std::uint32_t connection,
                                                  std::uint64_t connect_ns, std::uint64_t sent_ns) noexcept;

// Payload byte i of message (connection, sequence); `offset` is the payload offset of the span's first byte.
void fill_payload(std::uint32_t connection, std::uint64_t sequence, std::span<std::byte> out) noexcept;
// The same payload as pieces of memory that stays as it is, appended to `pieces` in order: nothing is copied.
void append_payload(std::uint32_t connection, std::uint64_t sequence, std::size_t size,
                    std::vector<std::span<const std::byte>>& pieces);
inline constexpr std::size_t most_payload_pieces(std::size_t size) {
  return size / ((payload_repeats - 1) * payload_period) + 1;
}
bool payload_matches(std::uint32_t connection, std::uint64_t sequence, std::size_t offset,
                     std::span<const std::byte> bytes) noexcept;

}  // namespace recvbench
