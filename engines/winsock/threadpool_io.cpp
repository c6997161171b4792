// threadpool-io: receives posted ahead, whose completions the system's own thread pool takes and turns into
// calls of ours.
//
//   CreateThreadpoolIo(socket, callback) once per connection
//   StartThreadpoolIo; WSARecv(socket, buffer, &overlapped) for each receive in flight
//   -> the pool calls callback(error, bytes, &overlapped) on one of its threads -> deliver -> both again
//
// A completion port, whose threads and waiting are the system's affair: what iocp does, with the loop
// written by someone else. The pool here is a private one (CreateThreadpool) whose least and most number of
// threads are settings.threads, so that it is comparable: the process's default pool would add and retire
// threads as it sees fit. Its threads are set up by ThreadPool before anything runs on them.
//
// What must be kept in mind:
// - StartThreadpoolIo comes before every WSARecv, and CancelThreadpoolIo after one that fails at once, for
//   which no completion comes (CancelThreadpoolIo, Remarks: else memory leaks). A receive that succeeds at
//   once is called back like any other, so there is one path for all of them. (With
//   FILE_SKIP_COMPLETION_PORT_ON_SUCCESS it would not be, and would need CancelThreadpoolIo as well.)
// - A connection is in one thread's hands at a time, and callbacks come in any order: SharedReceives sees to
//   it.
// - CloseThreadpoolIo comes last: after the socket is closed, and after its callbacks have returned
//   (CloseThreadpoolIo, Remarks), which no callback can wait for itself. So an ended connection leaves its
//   I/O object behind, for the next add() or stop() to close.
// - A callback that waits keeps a thread from all other connections: the pool has no more than it was given.
//
// Use it: where iocp is meant and no thread needs to be one's own. Do not: where a thread's place, batches
// of completions or the port itself matter.
//
// Limits: none on connections. The pool's waits are its own: counters know of no wakeups. The pages of a
// buffer are locked in memory while its receive is pending. Windows Vista on.
#include <winsock2.h>
#include <windows.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <string>
#include <utility>

#include "engines/winsock/attempt.h"
#include "engines/winsock/engines.h"
#include "engines/winsock/overlapped/shared_receives.h"
#include "engines/winsock/overlapped/thread_pool.h"
#include "platform/error.h"

namespace recvbench {
namespace {

HANDLE as_handle(const Connection& connection) {
  return reinterpret_cast<HANDLE>(connection.native());
}

// A socket's tie to the pool.
class PoolIo {
 public:
  PoolIo(const Connection& connection, PTP_WIN32_IO_CALLBACK callback, void* context,
         PTP_CALLBACK_ENVIRON environment)
      : io_(CreateThreadpoolIo(as_handle(connection), callback, context, environment)) {
    if (!io_) {
      throw_error(last_system_error(), "CreateThreadpoolIo", "socket " + std::to_string(connection.native()));
    }
  }
  // The socket is closed and nothing is in flight. The last callback may still be on its way out.
  ~PoolIo() {
    WaitForThreadpoolIoCallbacks(io_, FALSE);
    CloseThreadpoolIo(io_);
  }
  PoolIo(const PoolIo&) = delete;
  PoolIo& operator=(const PoolIo&) = delete;

  void expect() noexcept { StartThreadpoolIo(io_); }
  void expect_no_more() noexcept { CancelThreadpoolIo(io_); }

 private:
  const PTP_IO io_;
};

// Receives, of each of which the pool is told beforehand.
class PoolReceives final : public SharedReceives {
 public:
  PoolReceives(Connection& connection, const EngineSettings& settings, const std::atomic<bool>& stopping,
               PoolIo& io)
      : SharedReceives(connection, settings, settings.threads, stopping), io_(io) {}

 private:
  void expect_completion() override { io_.expect(); }
  void expect_no_completion() override { io_.expect_no_more(); }

  PoolIo& io_;
};

class ThreadpoolIoEngine;

// A connection until its end; from then on what is left of it, which is io.
struct PoolConnection {
  PoolConnection(ThreadpoolIoEngine& owner, std::unique_ptr<Connection> taken, const EngineSettings& settings,
                 const std::atomic<bool>& stopping, PTP_WIN32_IO_CALLBACK callback,
                 PTP_CALLBACK_ENVIRON environment)
      : engine(owner),
        io(*taken, callback, this, environment),
        connection(std::move(taken)),
        receives(std::make_unique<PoolReceives>(*connection, settings, stopping, io)) {}

  ThreadpoolIoEngine& engine;
  PoolIo io;
  std::unique_ptr<Connection> connection;
  std::unique_ptr<PoolReceives> receives;
  std::list<PoolConnection>::iterator place;
};

class ThreadpoolIoEngine final : public ReceiveEngine {
 public:
  explicit ThreadpoolIoEngine(const EngineSettings& settings) : settings_(settings) {}
  ~ThreadpoolIoEngine() override { ThreadpoolIoEngine::stop(); }

  void start(ReceiveHandler& handler) override {
    auto pool = std::make_unique<ThreadPool>("threadpool-io", settings_, handler);
    auto beginning = std::make_unique<PoolWork>(&ThreadpoolIoEngine::on_begin, this, pool->environment());
    const std::lock_guard lock(mutex_);
    counted_ = {};
    pool_ = std::move(pool);
    beginning_ = std::move(beginning);
    stopping_ = false;
  }

  void add(std::unique_ptr<Connection> connection) override {
    std::list<PoolConnection> ended;  // closed outside the lock
    const std::lock_guard lock(mutex_);
    if (stopping_) throw_error(canceled_error(), "threadpool-io: add", "an engine that is not running");
    ended.swap(ended_);
    waiting_.emplace_back(*this, std::move(connection), settings_, stopping_,
                          &ThreadpoolIoEngine::on_completion, pool_->environment());
    // The first receives are posted on one of the pool's threads: what posts must be able to deliver.
    beginning_->submit();
  }

  void stop() override {
    {
      std::unique_lock lock(mutex_);
      if (stopping_) return;
      stopping_ = true;
      // Again and again, for a thread that had not seen stopping_ yet may have posted after the last time. A
      // socket named here is open: it leaves the list under this mutex before it is closed.
      do {
        for (const auto& one : open_) CancelIoEx(as_handle(*one.connection), nullptr);
      } while (!all_gone_.wait_for(lock, std::chrono::milliseconds(10), [this] { return all_gone(); }));
    }
    // Callbacks that are on their way out.
    beginning_.reset();
    ended_.clear();
    std::unique_ptr<ThreadPool> pool;  // ends outside the lock
    const std::lock_guard lock(mutex_);
    counted_ = pool_->counters();
    pool = std::move(pool_);
  }

  EngineCounters counters() const override {
    const std::lock_guard lock(mutex_);
    return pool_ ? pool_->counters() : counted_;
  }

 private:
  static void CALLBACK on_begin(PTP_CALLBACK_INSTANCE, void* engine, PTP_WORK) noexcept {
    static_cast<ThreadpoolIoEngine*>(engine)->begin();
  }

  static void CALLBACK on_completion(PTP_CALLBACK_INSTANCE, void* context, void* overlapped, ULONG error,
                                     ULONG_PTR bytes, PTP_IO) noexcept {
    auto& connection = *static_cast<PoolConnection*>(context);
    connection.engine.complete(connection, *static_cast<WSAOVERLAPPED*>(overlapped),
                               static_cast<DWORD>(bytes), error);
  }

  void begin() {
    PoolConnection& connection = take_waiting();
    PoolThread& thread = pool_->this_thread();
    finish_turn(connection.receives->begin(thread.sink, thread.counters), connection, thread.sink);
  }

  void complete(PoolConnection& connection, WSAOVERLAPPED& overlapped, DWORD bytes, ULONG error) {
    PoolThread& thread = pool_->this_thread();
    const std::error_code failure =
        error == NO_ERROR ? std::error_code() : socket_error(static_cast<int>(error));
    finish_turn(connection.receives->complete(overlapped, bytes, failure, thread.sink, thread.counters),
                connection, thread.sink);
  }

  PoolConnection& take_waiting() {
    const std::lock_guard lock(mutex_);
    open_.splice(open_.begin(), waiting_, waiting_.begin());
    open_.front().place = open_.begin();
    return open_.front();
  }

  void finish_turn(Turn turn, PoolConnection& ended, ReceiveSink& sink) {
    // Receives that succeed at once are announced: no turn is ever unfinished.
    if (turn != Turn::over) return;
    sink.on_close(*ended.connection, ended.receives->end());
    move(ended, open_, closing_);
    // Receives before their socket, and both outside the lock.
    ended.receives.reset();
    ended.connection.reset();
    move(ended, closing_, ended_);
  }

  void move(PoolConnection& connection, std::list<PoolConnection>& from, std::list<PoolConnection>& to) {
    const std::lock_guard lock(mutex_);
    to.splice(to.begin(), from, connection.place);
    if (all_gone()) all_gone_.notify_all();
  }

  // With mutex_ held.
  bool all_gone() const { return waiting_.empty() && open_.empty() && closing_.empty(); }

  const EngineSettings settings_;
  mutable std::mutex mutex_;
  std::condition_variable all_gone_;
  // A connection goes from each of these to the next.
  std::list<PoolConnection> waiting_;  // added, and not yet begun
  std::list<PoolConnection> open_;     // those that stop() is to cancel
  std::list<PoolConnection> closing_;
  std::list<PoolConnection> ended_;   // nothing but their io
  std::atomic<bool> stopping_{true};  // written under mutex_
  EngineCounters counted_;            // when last stopped
  std::unique_ptr<ThreadPool> pool_;
  std::unique_ptr<PoolWork> beginning_;  // one call for each that is waiting
};

}  // namespace

EngineDescriptor threadpool_io_engine() {
  EngineDescriptor engine;
  engine.name = "threadpool-io";
  engine.api = "StartThreadpoolIo + WSARecv, called back by a thread pool";
  engine.platform = "windows";
  engine.summary = "receives posted ahead; each completion is a call on a thread of the system's pool";
  engine.protocols = {"tcp", "udp"};
  engine.settings = {threads_setting,      buffer_setting,        receives_in_flight_setting,
                     wsabufs_setting,      wsarecv_flags_setting, datagram_call_setting,
                     socket_buffer_setting};
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] {
    return available_if([] {
      Pool pool(1);
      Connection connection(open_tcp(AddressFamily::ipv4));
      const PoolIo io(
          connection, [](PTP_CALLBACK_INSTANCE, void*, void*, ULONG, ULONG_PTR, PTP_IO) {}, nullptr,
          pool.environment());
      connection.close_socket();
    });
  };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<ThreadpoolIoEngine>(settings);
  };
  return engine;
}

}  // namespace recvbench
