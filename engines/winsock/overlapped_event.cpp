// overlapped-event: receives posted ahead, whose completion sets an event.
//
//   WSARecv(socket, buffer, &overlapped with hEvent) for each receive in flight; on a datagram socket
//     WSARecvFrom or WSARecvMsg
//   WSAWaitForMultipleEvents(oldest receive of every connection, wait for any)
//     -> WSAGetOverlappedResult -> deliver -> WSARecv again
//
// The bytes land in our buffer without a further call, as in every overlapped model, and the thread learns of
// it by waiting for kernel events, of which one call takes 64. So a thread serves 63 connections, and a
// connection past that gets one more thread: settings.threads is the least, not the most. It waits for the
// oldest receive of each connection only, since that one completes first; more receives in flight therefore
// cost no places in the wait.
//
// The wait names the lowest event that is set and says nothing of the others, so that serving just that one
// would starve the connections behind a busy one. Here every wakeup serves all connections whose oldest
// receive has completed, which a look at the OVERLAPPED tells without a call.
//
// Use it: for a few connections in a thread that waits for other kernel objects as well. Do not: past 63
// connections, where iocp does the same work without the threads.
//
// Limits: WSA_MAXIMUM_WAIT_EVENTS = 64 events a wait (winsock2.h, WSAWaitForMultipleEvents), of which one is
// the wake-up. An event for every receive in flight. The pages of a buffer are locked in memory while
// its receive is pending.
#include <winsock2.h>
#include <windows.h>

#include <utility>

#include "engines/winsock/attempt.h"
#include "engines/winsock/engines.h"
#include "engines/winsock/overlapped/event.h"
#include "engines/winsock/overlapped/receives.h"
#include "engines/worker_engine.h"
#include "platform/error.h"

namespace recvbench {
namespace {

constexpr std::size_t connections_per_thread = WSA_MAXIMUM_WAIT_EVENTS - 1;

// One connection's receives, each with its event, which WSARecv resets as it starts, like every overlapped
// call (OVERLAPPED, hEvent).
class EventReceives {
 public:
  EventReceives(Connection& connection, const EngineSettings& settings)
      : socket_(connection.native()),
        receives_(connection, settings),
        events_(receives_.operations().size()) {
    for (std::size_t i = 0; i < events_.size(); ++i) receives_.operations()[i].hEvent = events_[i].handle();
  }

  // Cancels what is in flight and waits until the system has let go of it.
  ~EventReceives() {
    receives_.close(canceled_error());
    while (!receives_.idle()) {
      const WSAEVENT event = oldest_event();
      WSAWaitForMultipleEvents(1, &event, FALSE, WSA_INFINITE, FALSE);
      if (settle_oldest()) receives_.discard_oldest();
    }
  }
  EventReceives(const EventReceives&) = delete;
  EventReceives& operator=(const EventReceives&) = delete;

  bool post_all(WorkerCounters& counters) { return receives_.post_all(counters) != Posted::failed; }

  // What to wait for.
  WSAEVENT oldest_event() { return receives_.oldest().hEvent; }

  // Delivers what has completed, in order. One round of the ring at most: a connection that fills up as fast
  // as it is emptied must let the others have their turn.
  void serve(ReceiveSink& sink, WorkerCounters& counters) {
    for (std::size_t i = 0; i < events_.size() && !receives_.ended() && settle_oldest(); ++i) {
      receives_.deliver_oldest(sink, counters);
    }
  }

  // The oldest receive's event is set. Resets it where the receive is pending nevertheless: its last
  // completion was seen in the OVERLAPPED, and the receive posted again, before the system had set the event.
  void drop_stale_signal() {
    if (!HasOverlappedIoCompleted(&receives_.oldest())) WSAResetEvent(oldest_event());
  }

  bool ended() const { return receives_.ended(); }
  std::error_code end() const { return receives_.end(); }

 private:
  // False where the oldest receive is still pending.
  bool settle_oldest() {
    ReceiveOperation& operation = receives_.oldest();
    if (!HasOverlappedIoCompleted(&operation)) return false;
    DWORD flags = 0;
    operation.error.clear();
    if (!WSAGetOverlappedResult(socket_, &operation, &operation.bytes, FALSE, &flags)) {
      if (WSAGetLastError() == WSA_IO_INCOMPLETE) return false;
      operation.error = last_socket_error();
    }
    operation.done = true;
    return true;
  }

  const SOCKET socket_;
  OverlappedReceives receives_;
  const std::vector<Event> events_;  // of operations(), in that order
};

class OverlappedEventWorker final : public Worker {
 public:
  explicit OverlappedEventWorker(const EngineSettings& settings)
      : Worker(connections_per_thread), settings_(settings) {}

  void admit(Connection& connection) override { OverlappedReceives::admit(connection, settings_); }

  void wake() noexcept override { WSASetEvent(wakeup_.handle()); }

  void run(ReceiveSink& sink) override {
    try {
      receive_until_stopped(sink);
    } catch (...) {
      receives_.clear();
      throw;
    }
    receives_.clear();  // nothing may be in flight when the caller closes the sockets
  }

 private:
  void receive_until_stopped(ReceiveSink& sink) {
    waited_for_.assign(1, wakeup_.handle());
    for (;;) {
      counters_.wait_call();
      const DWORD answer = WSAWaitForMultipleEvents(static_cast<DWORD>(waited_for_.size()),
                                                    waited_for_.data(), FALSE, WSA_INFINITE, FALSE);
      if (answer == WSA_WAIT_FAILED) {
        throw_error(last_socket_error(), "WSAWaitForMultipleEvents",
                    std::to_string(waited_for_.size()) + " events");
      }
      // The lowest that is set. The wake-up comes first, so that no traffic can hide it.
      const std::size_t lowest = answer - WSA_WAIT_EVENT_0;
      if (lowest > 0) receives_[lowest - 1]->drop_stale_signal();
      const auto before = counters_.completions();
      // From the back: a connection that ends gives its place to the last one, which has been served already.
      for (std::size_t i = receives_.size(); i-- > 0;) {
        receives_[i]->serve(sink, counters_);
        waited_for_[i + 1] = receives_[i]->oldest_event();
        if (receives_[i]->ended()) remove(i, sink);
      }
      counters_.wakeup(counters_.completions() - before);
      if (lowest == 0 && !take_new(sink)) return;
    }
  }

  // False = stop.
  bool take_new(ReceiveSink& sink) {
    WSAResetEvent(wakeup_.handle());
    std::vector<std::unique_ptr<Connection>> arrived;
    const bool go_on = inbox().take(arrived);
    for (auto& connection : arrived) adopt(std::move(connection), sink);
    return go_on;
  }

  void adopt(std::unique_ptr<Connection> connection, ReceiveSink& sink) {
    std::error_code error;
    try {
      auto receives = std::make_unique<EventReceives>(*connection, settings_);
      if (receives->post_all(counters_)) {
        waited_for_.push_back(receives->oldest_event());
        receives_.push_back(std::move(receives));
        connections_.push_back(std::move(connection));
        return;
      }
      error = receives->end();
    } catch (const std::system_error& no_event) {
      error = no_event.code();
    }
    finish(std::move(connection), sink, error);
  }

  void remove(std::size_t index, ReceiveSink& sink) {
    auto ended = std::exchange(connections_[index], std::move(connections_.back()));
    connections_.pop_back();
    auto receives = std::exchange(receives_[index], std::move(receives_.back()));
    receives_.pop_back();
    waited_for_[index + 1] = waited_for_.back();
    waited_for_.pop_back();
    const std::error_code error = receives->end();
    receives.reset();
    finish(std::move(ended), sink, error);
  }

  const EngineSettings settings_;
  const Event wakeup_;
  // [0] is the wake-up, [i] belongs to receives_[i - 1], which belongs to connections_[i - 1].
  std::vector<WSAEVENT> waited_for_;
  std::vector<std::unique_ptr<EventReceives>> receives_;
};

}  // namespace

EngineDescriptor overlapped_event_engine() {
  EngineDescriptor engine;
  engine.name = "overlapped-event";
  engine.api = "WSARecv + WSAWaitForMultipleEvents";
  engine.platform = "windows";
  engine.summary = "receives posted ahead; each thread waits for the events of up to 63 connections";
  engine.protocols = {"tcp", "udp"};
  engine.limits = {
      {"events per wait", WSA_MAXIMUM_WAIT_EVENTS, "WSA_MAXIMUM_WAIT_EVENTS in winsock2.h"},
      {"connections per thread", connections_per_thread, "the events of one wait less the wake-up's"}};
  engine.settings = {threads_setting,      buffer_setting,        receives_in_flight_setting,
                     wsabufs_setting,      wsarecv_flags_setting, datagram_call_setting,
                     socket_buffer_setting};
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] {
    return available_if([] {
      open_tcp(AddressFamily::ipv4);
      const Event event;
    });
  };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<WorkerEngine>(
        "overlapped-event", settings,
        [](const EngineSettings& s) { return std::make_unique<OverlappedEventWorker>(s); },
        WorkerEngine::Growth::on_demand);
  };
  return engine;
}

}  // namespace recvbench
