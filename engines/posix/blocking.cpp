// blocking: a thread per connection, asleep in recv until there is something.
//
//   for (;;) recv(socket, buffer)      RecvCall: plainly, with MSG_WAITALL, or after MSG_PEEK
//   for (;;) recvfrom(socket, buffer)  where it is a datagram socket; or recvmsg (DatagramReceiver)
//
// The simplest model and one call per receive: no waiting call beside it, no readiness to interpret, the
// scheduler does the rest. For few connections it is as fast as anything and the lowest in latency. What it
// costs grows with the connections: a stack, a buffer and a context switch each, and with more threads than
// processors a wakeup queues for a processor behind the others.
//
// Limits: none of its own; the system's on threads (/proc/sys/kernel/threads-max, RLIMIT_NPROC, the cgroup's
// pids.max) are met as an error of add(). 1,000 connections are 1,000 threads.
//
// Threads outlive their connection and serve the next one, so that there are never more of them, nor of their
// sinks, than there were connections at one time.
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "engines/datagram_receive.h"
#include "engines/posix/engines.h"
#include "engines/recv_call.h"
#include "platform/error.h"
#include "platform/thread.h"

namespace recvbench {
namespace {

class BlockingEngine final : public ReceiveEngine {
 public:
  explicit BlockingEngine(const EngineSettings& settings)
      : settings_(settings), recv_(settings), datagrams_(settings) {}
  ~BlockingEngine() override { stop(); }

  void start(ReceiveHandler& handler) override {
    const auto allowed = allowed_cpus();
    for (const int cpu : settings_.cpus) {
      if (std::find(allowed.begin(), allowed.end(), cpu) == allowed.end()) {
        throw_error(std::make_error_code(std::errc::invalid_argument), "pin_current_thread",
                    "cpu " + std::to_string(cpu));
      }
    }
    const std::lock_guard lock(mutex_);
    threads_.clear();
    handler_ = &handler;
    stopping_ = false;
  }

  void add(std::unique_ptr<Connection> connection) override {
    set_nonblocking(connection->socket(), false);
    datagrams_.admit(*connection);
    const std::lock_guard lock(mutex_);
    if (stopping_) throw_error(canceled_error(), "blocking: add", "an engine that is not running");
    waiting_.push_back(std::move(connection));
    if (++held_ > threads_.size()) {
      try {
        ReceiveThread& self = threads_.emplace_back();
        self.thread = std::thread(&BlockingEngine::run, this, std::ref(self), threads_.size() - 1);
      } catch (...) {
        threads_.pop_back();
        waiting_.pop_back();
        --held_;
        throw;
      }
    }
    has_work_.notify_one();
  }

  void stop() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      // Wakes the threads that sleep in recv. A socket named here is open: its thread withdraws it under this
      // mutex before it is closed, so that its number cannot have passed to another socket.
      for (const auto& thread : threads_) {
        if (thread.serving != nullptr) shutdown_both(thread.serving->socket());
      }
    }
    has_work_.notify_all();
    for (auto& thread : threads_) {
      if (thread.thread.joinable()) thread.thread.join();
    }
  }

  EngineCounters counters() const override {
    const std::lock_guard lock(mutex_);
    EngineCounters sum;
    for (const auto& thread : threads_) sum += thread.counters.snapshot();
    return sum;
  }

 private:
  struct ReceiveThread {
    WorkerCounters counters;
    Connection* serving = nullptr;  // under mutex_
    std::thread thread;
  };

  void run(ReceiveThread& self, std::size_t index) {
    set_thread_name("blocking-" + std::to_string(index));
    std::error_code unpinned;
    if (!settings_.cpus.empty()) unpinned = pin_current_thread(settings_.cpus[index % settings_.cpus.size()]);
    ReceiveSink& sink = handler_->attach_thread();
    std::vector<std::byte> buffer(settings_.buffer_bytes);
    while (const auto connection = next_connection(self)) {
      const auto end = unpinned ? unpinned : receive_to_end(*connection, sink, buffer, self.counters);
      {
        const std::lock_guard lock(mutex_);
        self.serving = nullptr;
        --held_;
      }
      sink.on_close(*connection, end);
    }
  }

  // Null = stop, and no connection is left.
  std::unique_ptr<Connection> next_connection(ReceiveThread& self) {
    std::unique_lock lock(mutex_);
    has_work_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return nullptr;
    auto connection = std::move(waiting_.front());
    waiting_.pop_front();
    self.serving = connection.get();
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
      // stop() shuts the socket down, which is an error here.
      if (end) return stopping_ ? canceled_error() : *end;
    }
    return canceled_error();
  }

  std::error_code receive_stream(Connection& connection, ReceiveSink& sink, std::vector<std::byte>& buffer,
                                 WorkerCounters& counters) {
    for (;;) {
      if (stopping_.load(std::memory_order_relaxed)) return canceled_error();
      const IoResult received = recv_(connection.native(), buffer, counters);
      if (received.bytes == 0) {
        // stop() shuts the socket down, which looks like the peer's close.
        return stopping_ ? canceled_error() : received.error;
      }
      counters.completion();
      if (!sink.on_receive(connection, {buffer.data(), received.bytes})) return {};
    }
  }

  const EngineSettings settings_;
  const RecvCall recv_;
  const DatagramReceiver datagrams_;
  ReceiveHandler* handler_ = nullptr;
  mutable std::mutex mutex_;
  std::condition_variable has_work_;
  std::deque<std::unique_ptr<Connection>> waiting_;  // added, and not yet taken by a thread
  std::size_t held_ = 0;                             // waiting or being served; there is a thread for each
  std::deque<ReceiveThread> threads_;                // kept after stop() for their counters
  std::atomic<bool> stopping_{true};                 // written under mutex_
};

}  // namespace

EngineDescriptor blocking_engine() {
  EngineDescriptor engine;
  engine.name = "blocking";
  engine.api = "recv";
  engine.platform = "linux";
  engine.summary = "a thread per connection, asleep in recv";
  engine.protocols = {"tcp", "udp"};
  engine.limits = {{"connections per thread", 1, "the model: recv waits for one socket"}};
  engine.settings = {buffer_setting, recv_flags_setting, peek_setting, datagram_call_setting,
                     socket_buffer_setting};
  engine.check = &RecvCall::check;
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] { return Availability{}; };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<BlockingEngine>(settings);
  };
  return engine;
}

}  // namespace recvbench
