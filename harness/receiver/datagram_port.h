// The receiver's side of a UDP run: a socket, and what is known of each "connection" of the generator that
// arrives on it. Where several sockets share the port, a connection always arrives on the same one.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engines/engine.h"
#include "loadgen/sequence_window.h"
#include "results/connection_tallies.h"

namespace recvbench {

struct DatagramPeer {
  std::vector<std::byte> address;  // its sockaddr, where its first greeting came from
  SequenceWindow arrived;
  ConnectionTally* tally = nullptr;  // where it is looked at
};

// Touched by one engine thread at a time.
struct DatagramState {
  explicit DatagramState(std::uint32_t connections) : peers(connections) {}
  // By the connection's number; made when it greets, before the run.
  std::vector<std::unique_ptr<DatagramPeer>> peers;
  std::uint32_t greeted = 0;  // of the peers
};

class DatagramPort final : public Connection {
 public:
  DatagramPort(Socket bound, std::uint32_t connections)
      : Connection(std::move(bound), Kind::datagrams), state(connections) {}
  DatagramState state;
  // What the socket's full buffer had dropped when the last connection greeted. The load begins after that,
  // and what was lost before was none of it.
  std::uint64_t dropped_before = 0;
};

}  // namespace recvbench
