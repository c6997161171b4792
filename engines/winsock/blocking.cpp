// blocking: a thread per connection, asleep in recv until there is something.
//
//   for (;;) recv(socket, buffer)      RecvCall: plainly, with MSG_WAITALL, or after MSG_PEEK
//   for (;;) recvfrom(socket, buffer)  where it is a datagram socket; or recvmsg (DatagramReceiver)
//
// The simplest model and one call per receive: no waiting call beside it, no readiness to interpret, nothing
// posted ahead, the scheduler does the rest. For few connections it is as fast as anything and the lowest in
// latency. What it costs grows with the connections: a stack, a buffer and a context switch each, and with
// more threads than processors a wakeup queues for a processor behind the others.
//
// Use it: for tens of connections, or where the code that handles one wants to block anyway. Do not: for
// thousands, most of which wait.
//
// Limits: none of its own; the system's on threads (1 MiB of address space for each stack as linked by
// default, Thread Stack Size) are met as an error of add(). 1,000 connections are 1,000 threads.
//
// How to end a recv that is asleep is the model's hard part. shutdown() disallows the calls to come and is
// not said to end one that is under way; neither Windows nor Wine does. closesocket() ends it, but the
// handle's number may be another socket's before the sleeping thread has looked. So stop() uses two calls
// that leave the socket open: after shutdown(SD_BOTH) every recv yet to come fails (WSAESHUTDOWN), CancelIoEx
// ends the one under way whichever thread made it (WSA_OPERATION_ABORTED), and the thread closes its socket
// itself. A recv that has passed the check of the shutdown and is not pending yet is missed by both: stop()
// repeats CancelIoEx until the last one has returned.
//
// Threads outlive their connection and serve the next one, so that there are never more of them, nor of their
// sinks, than there were connections at one time.
#include <winsock2.h>
#include <windows.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engines/datagram_receive.h"
#include "engines/engine_threads.h"
#include "engines/recv_call.h"
#include "engines/winsock/attempt.h"
#include "engines/winsock/engines.h"
#include "platform/error.h"
#include "platform/thread.h"

namespace recvbench {
namespace {

class BlockingEngine final : public ReceiveEngine {
 public:
  explicit BlockingEngine(const EngineSettings& settings)
      : recv_(settings),
        datagrams_(settings),
        buffer_bytes_(settings.buffer_bytes),
        cpus_(settings.cpus),
        threads_("blocking", settings) {}
  ~BlockingEngine() override { BlockingEngine::stop(); }

  void start(ReceiveHandler& handler) override {
    // Threads come with the connections; that they can be placed as asked is known now.
    const auto allowed = allowed_cpus();
    for (const int cpu : cpus_) {
      if (std::find(allowed.begin(), allowed.end(), cpu) == allowed.end()) {
        throw_error(std::make_error_code(std::errc::invalid_argument), "pin_current_thread",
                    "cpu " + std::to_string(cpu));
      }
    }
    const std::lock_guard lock(mutex_);
    serving_.clear();
    handler_ = &handler;
    stopping_ = false;
  }

  void add(std::unique_ptr<Connection> connection) override {
    set_nonblocking(connection->socket(), false);
    datagrams_.admit(*connection);
    const std::lock_guard lock(mutex_);
    if (stopping_) throw_error(canceled_error(), "blocking: add", "an engine that is not running");
    if (held_ == serving_.size()) start_thread();
    ++held_;
    waiting_.push_back(std::move(connection));
    has_work_.notify_one();
  }

  void stop() override {
    {
      std::unique_lock lock(mutex_);
      stopping_ = true;
      has_work_.notify_all();
      // A socket named here is open: its thread withdraws it under this mutex before it is closed.
      for (const auto& one : serving_) {
        if (one.connection) shutdown_both(one.connection->socket());
      }
      do {
        for (const auto& one : serving_) {
          if (one.connection) CancelIoEx(reinterpret_cast<HANDLE>(one.connection->native()), nullptr);
        }
      } while (!all_gone_.wait_for(lock, std::chrono::milliseconds(10), [this] { return held_ == 0; }));
    }
    threads_.join();
  }

  EngineCounters counters() const override {
    const std::lock_guard lock(mutex_);
    EngineCounters sum;
    for (const auto& one : serving_) sum += one.counters.snapshot();
    return sum;
  }

 private:
  // What one thread is at.
  struct Serving {
    WorkerCounters counters;
    const Connection* connection = nullptr;  // under mutex_
  };

  // With mutex_ held.
  void start_thread() {
    Serving& self = serving_.emplace_back();
    try {
      threads_.start(*handler_, [this, &self](ReceiveSink& sink) { serve(self, sink); });
    } catch (...) {
      serving_.pop_back();
      throw;
    }
  }

  // The body of a thread.
  void serve(Serving& self, ReceiveSink& sink) {
    std::vector<std::byte> buffer(buffer_bytes_);
    while (auto connection = next_connection(self)) {
      const std::error_code end = receive_to_end(*connection, sink, buffer, self.counters);
      sink.on_close(*connection, end);
      {
        const std::lock_guard lock(mutex_);
        self.connection = nullptr;
      }
      connection.reset();
      const std::lock_guard lock(mutex_);
      if (--held_ == 0) all_gone_.notify_all();
    }
  }

  // Null = stop, and no connection is left.
  std::unique_ptr<Connection> next_connection(Serving& self) {
    std::unique_lock lock(mutex_);
    has_work_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return nullptr;
    auto connection = std::move(waiting_.front());
    waiting_.pop_front();
    self.connection = connection.get();
    return connection;
  }

  std::error_code receive_to_end(Connection& connection, ReceiveSink& sink, std::vector<std::byte>& buffer,
                                 WorkerCounters& counters) {
    return connection.kind() == Connection::Kind::datagrams
               ? receive_datagrams(connection, sink, buffer, counters)
               : receive_stream(connection, sink, buffer, counters);
  }

  std::error_code receive_datagrams(Connection& connection, ReceiveSink& sink, std::vector<std::byte>& buffer,
                                    WorkerCounters& counters) {
    while (!stopping_.load(std::memory_order_relaxed)) {
      const auto end = datagrams_.receive(connection, buffer, sink, counters);
      // What stop() does to the socket is an error here as well.
      if (end) return stopping_ ? canceled_error() : *end;
    }
    return canceled_error();
  }

  std::error_code receive_stream(Connection& connection, ReceiveSink& sink, std::vector<std::byte>& buffer,
                                 WorkerCounters& counters) {
    while (!stopping_.load(std::memory_order_relaxed)) {
      const IoResult received = recv_(connection.native(), buffer, counters);
      if (received.bytes == 0) {
        // What stop() does to the socket looks like an error of its own.
        return stopping_ ? canceled_error() : received.error;
      }
      counters.completion();
      if (!sink.on_receive(connection, {buffer.data(), received.bytes})) return {};
    }
    return canceled_error();
  }

  const RecvCall recv_;
  const DatagramReceiver datagrams_;
  const std::size_t buffer_bytes_;
  const std::vector<int> cpus_;
  ReceiveHandler* handler_ = nullptr;
  mutable std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable all_gone_;
  std::deque<std::unique_ptr<Connection>> waiting_;  // added, and not yet taken by a thread
  std::size_t held_ = 0;                             // waiting or being served; there is a thread for each
  std::deque<Serving> serving_;                      // one a thread; kept after stop() for their counters
  std::atomic<bool> stopping_{true};                 // written under mutex_
  EngineThreads threads_;
};

}  // namespace

EngineDescriptor blocking_engine() {
  EngineDescriptor engine;
  engine.name = "blocking";
  engine.api = "recv";
  engine.platform = "windows";
  engine.summary = "a thread per connection, asleep in recv";
  engine.protocols = {"tcp", "udp"};
  engine.limits = {{"connections per thread", 1, "the model: recv waits for one socket"}};
  engine.settings = {buffer_setting, recv_flags_setting, peek_setting, datagram_call_setting,
                     socket_buffer_setting};
  engine.check = &RecvCall::check;
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] { return available_if([] { open_tcp(AddressFamily::ipv4); }); };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<BlockingEngine>(settings);
  };
  return engine;
}

}  // namespace recvbench
