// The stream of every connection in the suite: each byte follows from the connection's id and its offset, so
// that a lost, doubled, reordered or misdirected byte shows wherever it arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace recvbench {

inline std::byte pattern_byte(std::uint32_t connection, std::uint64_t offset) {
  std::uint64_t x = (static_cast<std::uint64_t>(connection) << 40) ^ offset;
  x *= 0x9E3779B97F4A7C15u;
  return static_cast<std::byte>(x >> 56);
}

inline std::vector<std::byte> pattern_bytes(std::uint32_t connection, std::uint64_t offset,
                                            std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = pattern_byte(connection, offset + i);
  return bytes;
}

}  // namespace recvbench
