// Connections that are slow on purpose, as a client on a bad link or a slow-loris is. Those of the lowest
// numbers write slowly, the next ones read slowly: generator and receiver know them by number, so that both
// leave their latencies and rates out. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace recvbench {

inline constexpr std::uint32_t most_pieces = 1'000;
inline constexpr std::uint64_t longest_slow_gap_ns = 1'000'000'000;
inline constexpr std::uint32_t max_slow_read_bytes = 262'144;  // a worker's receive buffer
// A receiver gives up on a peer that takes too little in 2 s (MessageAccount's reply timeout), and sees room
// in its send buffer a third of it at a time: at this pace that happens twice as often.
inline constexpr std::uint64_t slowest_read_per_s = 65'536;
// SO_RCVBUF of those that read slowly: it is full soon, and the receiver's own send buffer fills behind it.
inline constexpr int slow_reader_buffer_bytes = 16'384;

// Each message goes out in pieces.
struct SlowWriters {
  std::uint32_t connections = 0;
  std::uint32_t pieces = 4;          // 1 .. most_pieces; of equal length, and no more than there are bytes
  std::uint64_t gap_ns = 1'000'000;  // from one to the next; 1 .. longest_slow_gap_ns

  bool operator==(const SlowWriters&) const = default;
};

// Replies are read a little at a time, by a socket with a small buffer.
struct SlowReaders {
  std::uint32_t connections = 0;
  std::uint32_t bytes = 1'024;        // at most, a receive; 1 .. max_slow_read_bytes
  std::uint64_t gap_ns = 10'000'000;  // from one receive to the next; 1 .. longest_slow_gap_ns

  bool operator==(const SlowReaders&) const = default;
};

struct SlowPeers {
  SlowWriters writers;
  SlowReaders readers;

  std::uint32_t connections() const noexcept { return writers.connections + readers.connections; }
  // Of the connection with this number.
  bool is_slow(std::uint32_t number) const noexcept { return number < connections(); }
  bool writes_slowly(std::uint32_t number) const noexcept { return number < writers.connections; }
  bool reads_slowly(std::uint32_t number) const noexcept { return is_slow(number) && !writes_slowly(number); }

  bool operator==(const SlowPeers&) const = default;
};

// The next piece of the `bytes` that are left of a message and go out in so many `pieces`. Both >= 1.
constexpr std::size_t next_piece(std::size_t bytes, std::size_t pieces) noexcept {
  return std::max<std::size_t>(1, bytes / pieces);
}

}  // namespace recvbench
