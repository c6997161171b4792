// Where the generator comes in: a listener, whoever accepts from it, or the UDP sockets that the engine has
// from the start.
#pragma once

#include <cstdint>
#include <optional>

#include "engines/engine.h"
#include "harness/receiver/acceptor.h"
#include "harness/receiver/connection_gate.h"
#include "harness/plan/scenario.h"
#include "platform/socket.h"

namespace recvbench {

class Entrance {
 public:
  // Opens a port of the system's choice, and what arrives there is `engine`'s, which has been started. TCP:
  // the engine accepts itself where `engine_accepts`, else an Acceptor does, both by `gate`. `gate` and
  // `engine` must outlive it. Throws std::system_error.
  Entrance(const Scenario& scenario, bool engine_accepts, const SocketOptions& options, ConnectionGate& gate,
           ReceiveEngine& engine);

  std::uint16_t port() const { return port_; }
  // SO_RCVBUF of the sockets that are received from, as granted_receive_buffer() tells: the smallest so far.
  std::optional<int> receive_buffer() const {
    return receive_buffer_ ? receive_buffer_ : gate_.receive_buffer();
  }
  // Every connection is there, and whoever waits for more would cost CPU time.
  void close();

 private:
  void bind_datagrams(const Scenario& scenario, const SocketOptions& options);
  void listen(const Scenario& scenario, bool engine_accepts, const SocketOptions& options);

  ReceiveEngine& engine_;
  ConnectionGate& gate_;
  std::optional<Acceptor> acceptor_;
  std::optional<int> receive_buffer_;  // UDP
  std::uint16_t port_ = 0;
};

}  // namespace recvbench
