// The receiver's side of a UDP run: one socket on which every "connection" of the generator arrives, with
// what is known of each.
#pragma once

#include <cstdint>
#include <vector>

#include "engines/engine.h"
#include "loadgen/sequence_window.h"

namespace recvbench {

// What has come from one connection of the generator.
struct DatagramPeer {
  SequenceWindow sequences;
  bool greeted = false;
};

// Touched by one engine thread at a time. By the connection number in every header; all are allocated at
// once.
struct DatagramState {
  explicit DatagramState(std::uint32_t connections) : peers(connections) {}
  std::vector<DatagramPeer> peers;
};

class DatagramPort final : public Connection {
 public:
  DatagramPort(Socket bound, std::uint32_t connections)
      : Connection(std::move(bound), Kind::datagrams), state(connections) {}
  DatagramState state;
};

}  // namespace recvbench
