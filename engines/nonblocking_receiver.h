// What every model shares that leaves the bytes in the kernel until it receives from a non-blocking socket.
// The engines differ in how they learn when to do so, and in nothing else.
#pragma once

#include <cstddef>
#include <optional>
#include <system_error>
#include <vector>

#include "engines/datagram_receive.h"
#include "engines/recv_call.h"

namespace recvbench {

// One thread's buffer, and the receives into it. Calls on one object are not synchronised.
class NonblockingReceiver {
 public:
  // Throws std::system_error where the system does not have the calls that the settings name.
  explicit NonblockingReceiver(const EngineSettings& settings)
      : recv_(settings), datagrams_(settings), buffer_(settings.buffer_bytes) {}

  // Any thread: readies a connection that is about to be received from; makes its socket non-blocking.
  // Throws std::system_error.
  void admit(const Connection& connection) const {
    set_nonblocking(connection.socket(), true);
    datagrams_.admit(connection);
  }

  // One receive, and what it brought to the sink. One, not "until it would block": what is left is reported
  // again, so that a busy connection cannot starve the others, and a connection that has been emptied costs
  // no recv that only says so. Empty = the connection goes on; otherwise it has ended with this (no error =
  // gracefully, or as the sink wished).
  std::optional<std::error_code> receive(Connection& connection, ReceiveSink& sink, WorkerCounters& counters);

 private:
  const RecvCall recv_;
  const DatagramReceiver datagrams_;
  std::vector<std::byte> buffer_;
};

}  // namespace recvbench
