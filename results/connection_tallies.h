// The connections of a run that are looked at one by one, and what came of each: for the fairness between
// them. Used by receiver and generator alike.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "results/connection_latencies.h"

namespace recvbench {

// Of the window's messages on one connection. Touched by one thread at a time.
struct ConnectionTally {
  std::uint64_t sent = 0;        // where the generator keeps it
  ConnectionLatencies received;  // echo: the replies
};

struct ConnectionFigures {
  std::uint32_t number = 0;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::optional<std::int64_t> p99_ns;  // of their response times; empty where fewer than 10 lie beyond it
  bool operator==(const ConnectionFigures&) const = default;
};

// Allocates in its constructor only. Different connections may be tallied by different threads.
class ConnectionTallies {
 public:
  // Of more connections every second, third ... is looked at, by number.
  static constexpr std::uint32_t most = 1'024;

  // Of the connections `first` .. `end` - 1. Fewer than two have nobody to be compared with, and none is
  // looked at.
  ConnectionTallies(std::uint32_t first, std::uint32_t end);

  // Null where it is not looked at, or none of them. Stays where it is as long as this object lives.
  ConnectionTally* find(std::uint32_t number) noexcept;
  // By number. When nobody tallies any more.
  std::vector<ConnectionFigures> figures() const;

 private:
  std::uint32_t first_;
  std::uint32_t connections_;
  std::uint32_t stride_;
  std::vector<ConnectionTally> tallies_;
};

}  // namespace recvbench
