// iocp: receives posted ahead, whose completions queue at a port from which all threads take them.
//
//   CreateIoCompletionPort(socket, port, key) once per connection
//   WSARecv(socket, buffer, &overlapped) for each receive in flight; WSARecvFrom or WSARecvMsg on a datagram
//     socket
//   GetQueuedCompletionStatus(port) -> bytes, key, &overlapped -> deliver -> WSARecv again
//
// The one model in which any thread may serve any connection, and in which the system sees to it that no more
// threads run than the port allows: it hands a completion to the thread that has waited for the shortest time
// (its stack and caches are warm) and holds the others back while enough are running. A receive that succeeds
// at once still queues its completion, so there is one path for all of them.
//
// What can be varied, each by itself:
//   batch            completions taken by one call. More than one spares calls where many wait, and makes the
//                    last of them wait for all that come before it (GetQueuedCompletionStatusEx).
//   skip-on-success  a receive that succeeds at once is not queued: the thread that posted it goes on with
//                    the bytes, which spares the way through the port. Up to a bound, after which it queues
//                    itself: a peer that sends as fast as it is served must not keep a thread to itself.
//   concurrency      how many threads the port lets run at a time. More than processors only where threads
//                    block in their work, out of the port's sight.
//   ports            one port that all threads share, or one a thread with its own share of the connections:
//                    nothing is contended, and nothing evens out what the connections ask of the threads.
//   zero-byte        connections at rest hold no buffer (port/zero_byte_connection.cpp).
//   accept           a thread of the caller's accepts, or the engine by AcceptEx (port/listener.h).
//   buffers, flags   of each WSARecv (overlapped/receives.h).
//   datagram-call    WSARecvFrom, or WSARecvMsg, which also says where a datagram was sent to.
//
// What must be kept in mind:
// - WSARecv must not be called on one socket from two threads at once: the order of the buffers would be
//   unpredictable (WSARecv, Remarks). A connection is therefore in one thread's hands at a time, which
//   SharedReceives sees to.
// - Receives are cancelled by CancelIoEx, not by closesocket: the OVERLAPPEDs must outlive their completions,
//   and after closesocket the error differs (Wine: ERROR_HANDLES_CLOSED).
// - An entry of GetQueuedCompletionStatusEx has no error code, only the NTSTATUS in its OVERLAPPED.
// - A packet to stop must reach every thread, and a batch may hold several: it is passed on from thread to
//   thread.
//
// Use it: for many connections on several processors; the default choice for servers on Windows. Do not
// expect it to win with few connections, where a thread in recv is as fast and simpler.
//
// Limits: none on connections or threads. A socket is associated with one port, for life
// (CreateIoCompletionPort). The pages of a buffer are locked in memory while its receive is pending.
// skip-on-success needs a provider of the system's own (XP1_IFS_HANDLES), and a stream: with datagram sockets
// Windows has a bug there, which libuv works around by calling the driver itself (libuv, src/win/udp.c).
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
#include <vector>

#include "engines/engine_threads.h"
#include "engines/winsock/attempt.h"
#include "engines/winsock/port/completion_port.h"
#include "engines/winsock/engines.h"
#include "engines/winsock/port/connection.h"
#include "engines/winsock/port/listener.h"
#include "platform/error.h"

namespace recvbench {
namespace {

constexpr Setting batch_setting = number_setting(
    "batch", "completions taken by one call; 1: GetQueuedCompletionStatus, more: ...Ex", 1, 1, 1024);
constexpr Setting skip_setting = for_streams(
    switch_setting("skip-on-success", "receives that succeed at once are not queued at the port", false));
constexpr Setting concurrency_setting = number_setting(
    "concurrency", "threads that a port lets run at a time; 0: as many as processors", 0, 0, 1024);
constexpr std::string_view ports_choices[] = {"shared", "per-thread"};
constexpr Setting ports_setting = choice_setting(
    "ports", "one port for all threads, or one for each, with its share of connections", ports_choices);
// A datagram would be lost to a receive that has no room for it.
constexpr Setting zero_byte_setting = for_streams(
    switch_setting("zero-byte", "post receives of no bytes, then recv into the thread's buffer", false));
constexpr std::string_view accept_choices[] = {"accept", "acceptex"};
constexpr Setting accept_setting = for_streams(
    choice_setting("accept", "who accepts: a thread beside the engine, or the engine by AcceptEx on its port",
                   accept_choices));

int thread_count(const EngineSettings& settings) {
  return std::max(1, settings.threads);
}

int port_count(const EngineSettings& settings) {
  return settings.on(ports_setting) ? thread_count(settings) : 1;
}

// What a packet of our own says: its number.
enum class Note : DWORD { begin, go_on, stop };

// One thread, and what it takes packets with.
struct PortWorker {
  PortWorker(CompletionPort& taken_from, std::unique_ptr<PacketSource> source)
      : port(taken_from), packets(std::move(source)) {}

  CompletionPort& port;
  std::unique_ptr<PacketSource> packets;
  std::unique_ptr<NonblockingReceiver> receiver;  // where connections have no buffers
  WorkerCounters counters;
};

class IocpEngine final : public ReceiveEngine {
 public:
  explicit IocpEngine(const EngineSettings& settings)
      : setup_{settings, thread_count(settings) / port_count(settings),
               settings.on(skip_setting) ? AtOnce::silent : AtOnce::announced, stopping_},
        make_connection_(settings.on(zero_byte_setting) ? &make_zero_byte_connection
                                                        : &make_posted_connection),
        threads_("iocp", settings) {}
  ~IocpEngine() override { IocpEngine::stop(); }

  void start(ReceiveHandler& handler) override {
    try {
      {
        const std::lock_guard lock(mutex_);
        workers_.clear();
        for (int i = 0; i < port_count(setup_.settings); ++i) ports_.push_back(make_port());
        stopping_ = false;
      }
      for (int i = 0; i < thread_count(setup_.settings); ++i) {
        PortWorker& worker = add_worker(*ports_[static_cast<std::size_t>(i) % ports_.size()]);
        threads_.start(handler, [this, &worker](ReceiveSink& sink) { work(worker, sink); });
      }
    } catch (...) {
      IocpEngine::stop();
      throw;
    }
  }

  void add(std::unique_ptr<Connection> connection) override {
    const std::lock_guard lock(mutex_);
    if (stopping_) throw_error(canceled_error(), "iocp: add", "an engine that is not running");
    CompletionPort& port = *ports_[next_port_++ % ports_.size()];
    connections_.push_front(make_connection_(std::move(connection), setup_));
    PortConnection& added = *connections_.front();
    added.place = connections_.begin();
    try {
      port.associate(added.connection().socket(), as_key(added));
      if (setup_.at_once == AtOnce::silent) skip_on_success(added.connection().socket());
      // The first receives are posted by a worker: what posts must be able to deliver.
      post(port, as_key(added), Note::begin);
    } catch (...) {
      connections_.pop_front();
      throw;
    }
  }

  // At the first port, whose threads therefore accept for all; add() deals the connections out.
  void accept_from(Socket listener, Admission& admission) override {
    SocketOptions options;
    options.receive_buffer_bytes = setup_.settings.socket_receive_buffer;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) throw_error(canceled_error(), "iocp: accept_from", "an engine that is not running");
      listener_ = std::make_unique<PortListener>(
          std::move(listener), options, *ports_.front(), listener_key, admission,
          [this](std::unique_ptr<Connection> connection) { add(std::move(connection)); });
    }
    try {
      listener_->start();
    } catch (...) {
      IocpEngine::stop_accepting();
      throw;
    }
  }

  void stop_accepting() override {
    if (!listener_) return;
    listener_->stop();
    listener_.reset();
  }

  void stop() override {
    IocpEngine::stop_accepting();
    {
      std::unique_lock lock(mutex_);
      stopping_ = true;
      // Again and again, for a worker that had not seen stopping_ yet may have posted after the last time. A
      // socket named here is open: it leaves the list under this mutex before it is closed.
      do {
        for (const auto& one : connections_) {
          CancelIoEx(reinterpret_cast<HANDLE>(one->connection().native()), nullptr);
        }
      } while (
          !all_gone_.wait_for(lock, std::chrono::milliseconds(10), [this] { return connections_.empty(); }));
    }
    for (const auto& port : ports_) post(*port, stop_key, Note::stop);
    threads_.join();
    ports_.clear();
  }

  EngineCounters counters() const override {
    const std::lock_guard lock(mutex_);
    EngineCounters sum;
    for (const auto& worker : workers_) sum += worker.counters.snapshot();
    return sum;
  }

 private:
  // Keys that are no connection's address.
  static constexpr ULONG_PTR stop_key = 0;
  static constexpr ULONG_PTR listener_key = 1;
  static ULONG_PTR as_key(PortConnection& connection) { return reinterpret_cast<ULONG_PTR>(&connection); }

  static void post(CompletionPort& port, ULONG_PTR key, Note note) {
    if (!port.post(key, static_cast<DWORD>(note))) {
      throw_error(last_system_error(), "PostQueuedCompletionStatus");
    }
  }

  std::unique_ptr<CompletionPort> make_port() const {
    return std::make_unique<CompletionPort>(static_cast<DWORD>(setup_.settings.get(concurrency_setting)));
  }

  std::unique_ptr<PacketSource> make_source(const CompletionPort& port) const {
    const auto batch = static_cast<std::size_t>(setup_.settings.get(batch_setting));
    if (batch == 1) return std::make_unique<OneAtATime>(port);
    return std::make_unique<InBatches>(port, batch);
  }

  PortWorker& add_worker(CompletionPort& port) {
    const std::lock_guard lock(mutex_);
    PortWorker& worker = workers_.emplace_back(port, make_source(port));
    if (setup_.settings.on(zero_byte_setting)) {
      worker.receiver = std::make_unique<NonblockingReceiver>(setup_.settings);
    }
    return worker;
  }

  // The body of a thread.
  void work(PortWorker& worker, ReceiveSink& sink) {
    PortThread thread{sink, worker.counters, worker.receiver.get()};
    for (;;) {
      worker.counters.wait_call();
      const auto packets = worker.packets->take();
      const auto before = worker.counters.completions();
      for (const OVERLAPPED_ENTRY& packet : packets) {
        if (packet.lpCompletionKey == stop_key) {
          // The last packet of all, for each thread in its turn.
          return post(worker.port, stop_key, Note::stop);
        } else if (packet.lpCompletionKey == listener_key) {
          PortListener::complete(packet);
        } else {
          serve(*reinterpret_cast<PortConnection*>(packet.lpCompletionKey), packet, worker.port, thread);
        }
      }
      worker.counters.wakeup(worker.counters.completions() - before);
    }
  }

  void serve(PortConnection& connection, const OVERLAPPED_ENTRY& packet, CompletionPort& port,
             PortThread& thread) {
    Turn turn = take_turn(connection, packet, thread);
    // To the end of the queue. Where the system has no memory for the packet, its turn goes on here.
    while (turn == Turn::unfinished && !port.post(as_key(connection), static_cast<DWORD>(Note::go_on))) {
      turn = connection.go_on(thread);
    }
    if (turn == Turn::over) remove(connection, thread.sink);
  }

  static Turn take_turn(PortConnection& connection, const OVERLAPPED_ENTRY& packet, PortThread& thread) {
    if (packet.lpOverlapped) return connection.complete(packet, thread);
    const auto note = static_cast<Note>(packet.dwNumberOfBytesTransferred);
    return note == Note::begin ? connection.begin(thread) : connection.go_on(thread);
  }

  void remove(PortConnection& connection, ReceiveSink& sink) {
    sink.on_close(connection.connection(), connection.end());
    std::list<std::unique_ptr<PortConnection>> removed;  // destroyed outside the lock
    const std::lock_guard lock(mutex_);
    removed.splice(removed.begin(), connections_, connection.place);
    if (connections_.empty()) all_gone_.notify_all();
  }

  const PortSetup setup_;
  std::unique_ptr<PortConnection> (*const make_connection_)(std::unique_ptr<Connection>, const PortSetup&);
  mutable std::mutex mutex_;
  std::condition_variable all_gone_;
  std::list<std::unique_ptr<PortConnection>> connections_;
  std::size_t next_port_ = 0;
  std::deque<PortWorker> workers_;    // one a thread; kept after stop() for their counters
  std::atomic<bool> stopping_{true};  // written under mutex_
  std::vector<std::unique_ptr<CompletionPort>> ports_;
  std::unique_ptr<PortListener> listener_;  // while it accepts
  EngineThreads threads_;
};

// Which settings go together, and which can be had here.
Availability check(const EngineSettings& settings) {
  if (settings.on(zero_byte_setting)) {
    for (const Setting& posted : {receives_in_flight_setting, wsabufs_setting, wsarecv_flags_setting}) {
      if (settings.get(posted) == posted.initial) continue;
      return {false,
              "zero-byte=on posts one receive without buffers, which has no use for " +
                  std::string(posted.name) + "=" + value_text(posted, settings.get(posted)),
              false};
    }
  }
  if (!settings.on(skip_setting)) return {};
  return available_if([] { skip_on_success(open_tcp(AddressFamily::ipv4)); });
}

}  // namespace

EngineDescriptor iocp_engine() {
  EngineDescriptor engine;
  engine.name = "iocp";
  engine.api = "WSARecv + GetQueuedCompletionStatus";
  engine.platform = "windows";
  engine.summary = "receives posted ahead; all threads take completions from one port";
  engine.protocols = {"tcp", "udp"};
  engine.settings = {threads_setting,      buffer_setting,        receives_in_flight_setting,
                     batch_setting,        skip_setting,          concurrency_setting,
                     ports_setting,        zero_byte_setting,     accept_setting,
                     wsabufs_setting,      wsarecv_flags_setting, datagram_call_setting,
                     socket_buffer_setting};
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] {
    return available_if([] {
      const Socket socket = open_tcp(AddressFamily::ipv4);
      CompletionPort().associate(socket, 0);
    });
  };
  engine.check = &check;
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<IocpEngine>(settings);
  };
  engine.accepts = [](const EngineSettings& settings) { return settings.on(accept_setting); };
  return engine;
}

}  // namespace recvbench
