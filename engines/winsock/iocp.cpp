// iocp: receives posted ahead, whose completions queue at a port from which all threads take them.
//
//   CreateIoCompletionPort(socket, port, key) once per connection
//   WSARecv(socket, buffer, &overlapped) for each receive in flight
//   GetQueuedCompletionStatus(port) -> bytes, key, &overlapped -> deliver -> WSARecv again
//
// The one model in which any thread may serve any connection, and in which the system sees to it that no more
// threads run than the port allows: it hands a completion to the thread that has waited for the shortest time
// (its stack and caches are warm) and holds the others back while enough are running. A receive that succeeds
// at once still queues its completion, so there is one path for all of them.
// (FILE_SKIP_COMPLETION_PORT_ON_SUCCESS and GetQueuedCompletionStatusEx are variations, left out here.)
//
// What must be kept in mind:
// - WSARecv must not be called on one socket from two threads at once: the order of the buffers would be
//   unpredictable (WSARecv, Remarks). A connection is therefore in one thread's hands at a time, which
//   SharedReceives sees to.
// - Receives are cancelled by CancelIoEx, not by closesocket: the OVERLAPPEDs must outlive their completions,
//   and after closesocket the error differs (Wine: ERROR_HANDLES_CLOSED).
//
// Use it: for many connections on several processors; the default choice for servers on Windows. Do not
// expect it to win with few connections, where a thread in recv is as fast and simpler.
//
// Limits: none on connections or threads. A socket is associated with one port, for life
// (CreateIoCompletionPort). The pages of a buffer are locked in memory while its
// receive is pending.
#include <winsock2.h>
#include <windows.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <utility>

#include "engines/engine_threads.h"
#include "engines/winsock/attempt.h"
#include "engines/winsock/engines.h"
#include "engines/winsock/shared_receives.h"
#include "platform/error.h"

namespace recvbench {
namespace {

HANDLE as_handle(const Connection& connection) {
  return reinterpret_cast<HANDLE>(connection.native());
}

class CompletionPort {
 public:
  // 0 = as many threads run at a time as there are processors.
  CompletionPort() : handle_(CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 0)) {
    if (!handle_) throw_error(last_system_error(), "CreateIoCompletionPort", "new port");
  }
  ~CompletionPort() { CloseHandle(handle_); }
  CompletionPort(const CompletionPort&) = delete;
  CompletionPort& operator=(const CompletionPort&) = delete;

  // Completions of this connection's receives arrive with this key.
  void associate(const Connection& connection, ULONG_PTR key) {
    if (!CreateIoCompletionPort(as_handle(connection), handle_, key, 0)) {
      throw_error(last_system_error(), "CreateIoCompletionPort",
                  "socket " + std::to_string(connection.native()));
    }
  }

  // A packet of our own: this key, and no OVERLAPPED.
  void post(ULONG_PTR key) {
    if (!PostQueuedCompletionStatus(handle_, 0, key, nullptr)) {
      throw_error(last_system_error(), "PostQueuedCompletionStatus");
    }
  }

  HANDLE handle() const { return handle_; }

 private:
  const HANDLE handle_;
};

struct PortConnection {
  PortConnection(std::unique_ptr<Connection> taken, const EngineSettings& settings,
                 const std::atomic<bool>& stopping)
      : connection(std::move(taken)), receives(*connection, settings, settings.threads, stopping) {}

  const std::unique_ptr<Connection> connection;
  SharedReceives receives;
  std::list<PortConnection>::iterator place;
};

class IocpEngine final : public ReceiveEngine {
 public:
  explicit IocpEngine(const EngineSettings& settings) : settings_(settings), threads_("iocp", settings) {}
  ~IocpEngine() override { IocpEngine::stop(); }

  void start(ReceiveHandler& handler) override {
    {
      const std::lock_guard lock(mutex_);
      counters_.clear();
      port_ = std::make_unique<CompletionPort>();
      stopping_ = false;
    }
    try {
      for (int i = 0; i < std::max(1, settings_.threads); ++i) {
        WorkerCounters& counters = add_counters();
        threads_.start(handler, [this, &counters](ReceiveSink& sink) { work(sink, counters); });
      }
    } catch (...) {
      IocpEngine::stop();
      throw;
    }
  }

  void add(std::unique_ptr<Connection> connection) override {
    const std::lock_guard lock(mutex_);
    if (stopping_) throw_error(canceled_error(), "iocp: add", "an engine that is not running");
    PortConnection& added = connections_.emplace_back(std::move(connection), settings_, stopping_);
    added.place = std::prev(connections_.end());
    try {
      port_->associate(*added.connection, as_key(added));
      // The first receives are posted by a worker: what posts must be able to deliver.
      port_->post(as_key(added));
    } catch (...) {
      connections_.pop_back();
      throw;
    }
  }

  void stop() override {
    {
      std::unique_lock lock(mutex_);
      stopping_ = true;
      // Again and again, for a worker that had not seen stopping_ yet may have posted after the last time. A
      // socket named here is open: it leaves the list under this mutex before it is closed.
      do {
        for (const auto& one : connections_) CancelIoEx(as_handle(*one.connection), nullptr);
      } while (
          !all_gone_.wait_for(lock, std::chrono::milliseconds(10), [this] { return connections_.empty(); }));
    }
    for (std::size_t i = 0; i < threads_.size(); ++i) port_->post(stop_key);
    threads_.join();
    port_.reset();
  }

  EngineCounters counters() const override {
    const std::lock_guard lock(mutex_);
    EngineCounters sum;
    for (const auto& counters : counters_) sum += counters.snapshot();
    return sum;
  }

 private:
  static constexpr ULONG_PTR stop_key = 0;
  static ULONG_PTR as_key(PortConnection& connection) { return reinterpret_cast<ULONG_PTR>(&connection); }

  WorkerCounters& add_counters() {
    const std::lock_guard lock(mutex_);
    return counters_.emplace_back();
  }

  // The body of a thread.
  void work(ReceiveSink& sink, WorkerCounters& counters) {
    for (;;) {
      DWORD bytes = 0;
      ULONG_PTR key = 0;
      LPOVERLAPPED overlapped = nullptr;
      counters.wait_call();
      const BOOL succeeded = GetQueuedCompletionStatus(port_->handle(), &bytes, &key, &overlapped, INFINITE);
      const std::error_code failure = succeeded ? std::error_code() : last_socket_error();
      // With an OVERLAPPED it is the receive's, without one the call's own.
      if (failure && !overlapped) throw_error(failure, "GetQueuedCompletionStatus");
      if (key == stop_key) return;
      auto& connection = *reinterpret_cast<PortConnection*>(key);
      const auto before = counters.completions();
      const bool over = overlapped ? connection.receives.complete(*overlapped, bytes, failure, sink, counters)
                                   : connection.receives.begin(sink, counters);
      if (over) remove(connection, sink);
      counters.wakeup(counters.completions() - before);
    }
  }

  void remove(PortConnection& connection, ReceiveSink& sink) {
    sink.on_close(*connection.connection, connection.receives.end());
    std::list<PortConnection> removed;  // destroyed outside the lock
    const std::lock_guard lock(mutex_);
    removed.splice(removed.begin(), connections_, connection.place);
    if (connections_.empty()) all_gone_.notify_all();
  }

  const EngineSettings settings_;
  mutable std::mutex mutex_;
  std::condition_variable all_gone_;
  std::list<PortConnection> connections_;
  std::deque<WorkerCounters> counters_;  // one a thread; kept after stop()
  std::atomic<bool> stopping_{true};     // written under mutex_
  std::unique_ptr<CompletionPort> port_;
  EngineThreads threads_;
};

}  // namespace

EngineDescriptor iocp_engine() {
  EngineDescriptor engine;
  engine.name = "iocp";
  engine.api = "WSARecv + GetQueuedCompletionStatus";
  engine.platform = "windows";
  engine.summary = "receives posted ahead; all threads take completions from one port";
  engine.protocols = {"tcp"};
  engine.settings = {threads_setting, buffer_setting,        receives_in_flight_setting,
                     wsabufs_setting, wsarecv_flags_setting, socket_buffer_setting};
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] {
    return available_if([] {
      const Connection connection(open_tcp(AddressFamily::ipv4));
      CompletionPort().associate(connection, 0);
    });
  };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<IocpEngine>(settings);
  };
  return engine;
}

}  // namespace recvbench
