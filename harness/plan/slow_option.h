// What --slow-writers, --write-pieces, --slow-readers and --read-pieces say. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "loadgen/slow_peers.h"

namespace recvbench {

// A part of the connections.
struct SlowShare {
  std::string text;   // as typed: "4", "10%"
  double amount = 0;  // connections, or percent of them
  bool percent = false;

  bool operator==(const SlowShare&) const = default;
  // To the nearest connection, and at least one unless it is none.
  std::uint32_t of(std::uint32_t connections) const;
};

// "0", "4", "10%". Throws UsageError, as all of these do.
SlowShare slow_share_from(const std::string& option, const std::string& text);
// "4:1ms": four pieces, a millisecond from one to the next. Of no connections yet.
SlowWriters write_pieces_from(const std::string& option, const std::string& text);
// "1kb:10ms": at most a kilobyte every ten milliseconds. Of no connections yet.
SlowReaders read_pieces_from(const std::string& option, const std::string& text);

// As these options take them: "4:1ms", "1KiB:10ms".
std::string pieces_text(const SlowWriters& writers);
std::string pieces_text(const SlowReaders& readers);

}  // namespace recvbench
