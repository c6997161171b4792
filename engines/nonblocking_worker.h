// What every model shares that leaves the bytes in the kernel until it calls recv on a non-blocking socket.
// The engines differ in how they learn when to call it, and in nothing else.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <system_error>
#include <vector>

#include "engines/recv_call.h"
#include "engines/worker_engine.h"

namespace recvbench {

class NonblockingWorker : public Worker {
 public:
  explicit NonblockingWorker(const EngineSettings& settings,
                             std::size_t capacity = std::numeric_limits<std::size_t>::max())
      : Worker(capacity), recv_(settings), buffer_(settings.buffer_bytes) {}

  // Makes the socket non-blocking: readiness is a statement about the past (BUGS in select(2)), and a recv
  // that finds nothing after all must not hold up the other connections.
  void admit(Connection& connection) override { set_nonblocking(connection.socket(), true); }

 protected:
  // One receive into the thread's buffer, and what it brought to the sink. One, not "until it would block":
  // what is left is reported again, so that a busy connection cannot starve the others, and a connection that
  // has been emptied costs no recv that only says so. Empty = the connection goes on; otherwise it has ended
  // with this (no error = gracefully, or as the sink wished).
  std::optional<std::error_code> receive(Connection& connection, ReceiveSink& sink);

 private:
  const RecvCall recv_;
  std::vector<std::byte> buffer_;
};

}  // namespace recvbench
