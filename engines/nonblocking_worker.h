// The worker of the models that receive from non-blocking sockets, each socket by one thread alone.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <system_error>

#include "engines/nonblocking_receiver.h"
#include "engines/worker_engine.h"

namespace recvbench {

class NonblockingWorker : public Worker {
 public:
  explicit NonblockingWorker(const EngineSettings& settings,
                             std::size_t capacity = std::numeric_limits<std::size_t>::max())
      : Worker(capacity), receiver_(settings) {}

  // Makes the socket non-blocking: readiness is a statement about the past (BUGS in select(2)), and a recv
  // that finds nothing after all must not hold up the other connections.
  void admit(Connection& connection) override { receiver_.admit(connection); }

 protected:
  // As NonblockingReceiver's, counted as this worker's.
  std::optional<std::error_code> receive(Connection& connection, ReceiveSink& sink) {
    return receiver_.receive(connection, sink, counters_);
  }

 private:
  NonblockingReceiver receiver_;
};

}  // namespace recvbench
