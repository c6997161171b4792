// completion-routine: receives posted ahead, whose completion calls a function of ours in the thread that
// posted them, while it sleeps alertably.
//
//   WSARecv(socket, buffer, &overlapped, routine) for each receive in flight; on a datagram socket
//     WSARecvFrom or WSARecvMsg
//   SleepEx(INFINITE, alertable) -> the system calls routine(error, bytes, &overlapped)
//     -> deliver -> WSARecv again, from inside the routine
//
// There is no waiting call that takes or returns handles, hence no limit on them, and no dispatch: the
// completion arrives as a call, with its context in hEvent, which the system leaves alone where a routine is
// given (WSARecv). All that belongs to a connection happens on one thread, without a lock.
//
// The reverse of that: a routine runs on the thread that posted and on no other. A new connection is
// therefore handed over by QueueUserAPC, so that its receives are posted by the thread that shall receive,
// and a busy thread's connections cannot be taken over by an idle one. The order to stop comes the same way:
// SleepEx need not return while completions keep coming, but every APC gets its turn.
//
// While a routine runs, nothing may wait alertably: other connections' routines would then run inside it, and
// blocking Winsock calls (recv, send, select) do wait so. A sink that replies does it by send_all, which does
// not. Routines of one socket never nest, but may be called in another order than their receives completed
// (WSARecv, Remarks): OverlappedReceives puts them in order.
//
// Use it: for many connections that one thread, or a few with a share each, can serve. Do not: where
// connections differ much in load, or where code that is not ours could wait alertably on these threads.
//
// Limits: none on connections. Receives end with the thread that posted them ("All I/O initiated by a given
// thread is canceled when that thread exits", WSARecv), so a thread leaves when its last one has completed.
// The pages of a buffer are locked in memory while its receive is pending.
#include <winsock2.h>
#include <windows.h>

#include <atomic>
#include <utility>

#include "engines/winsock/attempt.h"
#include "engines/winsock/engines.h"
#include "engines/winsock/overlapped/receives.h"
#include "engines/worker_engine.h"
#include "platform/error.h"

namespace recvbench {
namespace {

// The calling thread, as others need it to queue an APC to it.
class ThreadHandle {
 public:
  ThreadHandle() : handle_(OpenThread(THREAD_SET_CONTEXT, FALSE, GetCurrentThreadId())) {
    if (!handle_) throw_error(last_system_error(), "OpenThread", "THREAD_SET_CONTEXT");
  }
  ~ThreadHandle() { CloseHandle(handle_); }
  ThreadHandle(const ThreadHandle&) = delete;
  ThreadHandle& operator=(const ThreadHandle&) = delete;

  HANDLE get() const { return handle_; }

 private:
  const HANDLE handle_;
};

class CompletionRoutineWorker final : public Worker {
 public:
  explicit CompletionRoutineWorker(const EngineSettings& settings) : settings_(settings) {}

  // By the thread that adds, for setting an option may wait alertably.
  void admit(Connection& connection) override { OverlappedReceives::admit(connection, settings_); }

  void wake() noexcept override {
    // Before run() has said which thread it is there is nothing to wake: it looks into the inbox after that.
    // Once the thread has ended the call fails, and nothing is left to do.
    const ThreadHandle* thread = thread_.load();
    if (thread) QueueUserAPC(&CompletionRoutineWorker::on_wake, thread->get(), as_apc_argument());
  }

  void run(ReceiveSink& sink) override {
    sink_ = &sink;
    own_thread_ = std::make_unique<ThreadHandle>();
    thread_ = own_thread_.get();
    take_new();
    while (!stopping_ || !receiving_.empty()) {
      const auto before = counters_.completions();
      counters_.wait_call();
      SleepEx(INFINITE, TRUE);
      counters_.wakeup(counters_.completions() - before);
    }
  }

 private:
  // A connection's receives, and where to find the rest of it: what hEvent points to.
  struct Receiving {
    Receiving(CompletionRoutineWorker& owner, std::size_t index, Connection& connection,
              const EngineSettings& settings)
        : worker(owner),
          place(index),
          receives(connection, settings, &CompletionRoutineWorker::on_completion) {
      for (auto& operation : receives.operations()) operation.hEvent = this;
    }
    CompletionRoutineWorker& worker;
    std::size_t place;  // in receiving_ and connections_
    OverlappedReceives receives;
  };

  ULONG_PTR as_apc_argument() { return reinterpret_cast<ULONG_PTR>(this); }

  static void CALLBACK on_wake(ULONG_PTR worker) {
    reinterpret_cast<CompletionRoutineWorker*>(worker)->take_new();
  }

  static void CALLBACK on_completion(DWORD error, DWORD bytes, LPWSAOVERLAPPED overlapped, DWORD /*flags*/) {
    auto& operation = static_cast<ReceiveOperation&>(*overlapped);
    operation.bytes = bytes;
    operation.error = error == 0 ? std::error_code() : socket_error(static_cast<int>(error));
    operation.done = true;
    auto& receiving = *static_cast<Receiving*>(operation.hEvent);
    receiving.worker.deliver(receiving);
  }

  void deliver(Receiving& receiving) {
    auto& receives = receiving.receives;
    while (receives.oldest().done) receives.deliver_oldest(*sink_, counters_);
    if (receives.idle()) remove(receiving.place);
  }

  void take_new() {
    std::vector<std::unique_ptr<Connection>> arrived;
    stopping_ = !inbox().take(arrived);
    for (auto& connection : arrived) adopt(std::move(connection));
    // Their routines bring the rest: what is cancelled completes as well.
    if (stopping_) {
      for (const auto& receiving : receiving_) receiving->receives.close(canceled_error());
    }
  }

  void adopt(std::unique_ptr<Connection> connection) {
    std::unique_ptr<Receiving> made;
    try {
      made = std::make_unique<Receiving>(*this, connections_.size(), *connection, settings_);
    } catch (const std::system_error& error) {
      return finish(std::move(connection), *sink_, error.code());
    }
    auto& receiving = *receiving_.emplace_back(std::move(made));
    connections_.push_back(std::move(connection));
    receiving.receives.post_all(counters_);
    if (receiving.receives.idle()) remove(receiving.place);
  }

  void remove(std::size_t place) {
    auto ended = std::exchange(connections_[place], std::move(connections_.back()));
    connections_.pop_back();
    receiving_.back()->place = place;
    auto receiving = std::exchange(receiving_[place], std::move(receiving_.back()));
    receiving_.pop_back();
    finish(std::move(ended), *sink_, receiving->receives.end());
  }

  const EngineSettings settings_;
  std::unique_ptr<ThreadHandle> own_thread_;
  std::atomic<const ThreadHandle*> thread_{nullptr};
  // What follows belongs to the thread.
  ReceiveSink* sink_ = nullptr;
  bool stopping_ = false;
  std::vector<std::unique_ptr<Receiving>> receiving_;  // of connections_, in that order
};

}  // namespace

EngineDescriptor completion_routine_engine() {
  EngineDescriptor engine;
  engine.name = "completion-routine";
  engine.api = "WSARecv with a completion routine + SleepEx";
  engine.platform = "windows";
  engine.summary = "receives posted ahead; each completion is a call in the thread that posted it";
  engine.protocols = {"tcp", "udp"};
  engine.settings = {threads_setting,      buffer_setting,        receives_in_flight_setting,
                     wsabufs_setting,      wsarecv_flags_setting, datagram_call_setting,
                     socket_buffer_setting};
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] {
    return available_if([] {
      open_tcp(AddressFamily::ipv4);
      const ThreadHandle thread;
    });
  };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<WorkerEngine>("completion-routine", settings, [](const EngineSettings& s) {
      return std::make_unique<CompletionRoutineWorker>(s);
    });
  };
  return engine;
}

}  // namespace recvbench
