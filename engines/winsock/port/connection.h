// A connection whose completions arrive at a port. How it receives is its own affair: the iocp engine takes
// packets and passes them on, whichever kind of connection it was told to make.
#pragma once

#include <winsock2.h>
#include <windows.h>

#include <atomic>
#include <list>
#include <memory>
#include <system_error>
#include <utility>

#include "engines/engine.h"
#include "engines/nonblocking_receiver.h"
#include "engines/winsock/overlapped/shared_receives.h"
#include "engines/worker_counters.h"

namespace recvbench {

// What a thread brings along to a connection.
struct PortThread {
  ReceiveSink& sink;
  WorkerCounters& counters;
  NonblockingReceiver* receiver;  // for connections without buffers of their own; else null
};

// Used by one thread at a time, which Turn passes on.
class PortConnection {
 public:
  explicit PortConnection(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
  virtual ~PortConnection() = default;
  PortConnection(const PortConnection&) = delete;
  PortConnection& operator=(const PortConnection&) = delete;

  Connection& connection() { return *connection_; }

  // Once, on a thread that can deliver: posts the first receives.
  [[nodiscard]] virtual Turn begin(PortThread& thread) = 0;
  // One of its receives has completed: a packet with an OVERLAPPED.
  [[nodiscard]] virtual Turn complete(const OVERLAPPED_ENTRY& packet, PortThread& thread) = 0;
  // Once after each turn that was unfinished.
  [[nodiscard]] virtual Turn go_on(PortThread& thread) = 0;
  // Once a turn is over: what on_close is told.
  virtual std::error_code end() const = 0;

  std::list<std::unique_ptr<PortConnection>>::iterator place;  // for the engine

 private:
  const std::unique_ptr<Connection> connection_;
};

// What the connections of one engine have in common.
struct PortSetup {
  EngineSettings settings;
  int threads = 1;  // that take packets of one connection's port
  AtOnce at_once = AtOnce::announced;
  const std::atomic<bool>& stopping;
};

// The kinds of connection. Both throw std::system_error; `setup` must outlive what they make.

// Receives posted ahead, each with its buffer (settings.receives_in_flight, settings.buffer_bytes).
std::unique_ptr<PortConnection> make_posted_connection(std::unique_ptr<Connection> connection,
                                                       const PortSetup& setup);
// One receive of no bytes, which completes when there is something; that is then fetched by recv into the
// thread's buffer. Makes the socket non-blocking.
std::unique_ptr<PortConnection> make_zero_byte_connection(std::unique_ptr<Connection> connection,
                                                          const PortSetup& setup);

}  // namespace recvbench
