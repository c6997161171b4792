// What every model shares that leaves the bytes in the kernel until it receives from a non-blocking socket.
// The engines differ in how they learn when to do so, and in nothing else.
#pragma once

#include <cstddef>
#include <optional>
#include <system_error>
#include <vector>

#include "engines/recv_call.h"

namespace recvbench {

// One thread's buffer, and the receives into it. Calls on one object are not synchronised.
class NonblockingReceiver {
 public:
  explicit NonblockingReceiver(const EngineSettings& settings)
      : recv_(settings), buffer_(settings.buffer_bytes) {}

  // One receive, and what it brought to the sink. One, not "until it would block": what is left is reported
  // again, so that a busy connection cannot starve the others, and a connection that has been emptied costs
  // no recv that only says so. Empty = the connection goes on; otherwise it has ended with this (no error =
  // gracefully, or as the sink wished).
  std::optional<std::error_code> receive(Connection& connection, ReceiveSink& sink, WorkerCounters& counters);

 private:
  const RecvCall recv_;
  std::vector<std::byte> buffer_;
};

}  // namespace recvbench
