// event-select: readiness by events; the system sets a socket's event when there is something to receive.
//
//   WSAEventSelect(socket, event, FD_READ | FD_CLOSE) once per connection
//   WSAWaitForMultipleEvents(the events of all connections, wait for any)
//     -> WSAEnumNetworkEvents(socket, event) -> what happened -> recv
//
// Readiness without asking: a socket is registered once, and a wait names one that has something, where
// select and WSAPoll carry all of them into the kernel at every call. Nothing of ours is locked in memory
// meanwhile, since the bytes stay with the system until recv fetches them. The price is a third call a
// receive, and a wait that takes 64 events: a thread serves 63 connections, and a connection past that gets
// one more thread, so that settings.threads is the least, not the most.
//
// What must be kept in mind:
// - FD_READ is recorded once and then not again before a recv has been called; if something is left after
//   that, it is recorded again (WSAEventSelect, Remarks). So one recv for each FD_READ suffices, and none
//   may be left out.
// - FD_CLOSE is recorded once and for all, and is not the end of the bytes:
//   NetworkEventWorker::receive_rest.
// - WSAEnumNetworkEvents clears the record and resets the event in one step; WSAResetEvent beside it could
//   wipe out what happens in between.
// - The wait names the lowest event that is set and says nothing of the others, so that a busy connection
//   would starve those behind it. Here whoever was served goes to the end of the line.
// - WSAEventSelect makes the socket non-blocking, and accepted sockets inherit their listener's events
//   (accept_tcp takes care of it).
//
// Use it: to receive in a thread that waits for other kernel objects as well, from few connections. Do not:
// past 63 connections, where iocp does the same work without the threads.
//
// Limits: WSA_MAXIMUM_WAIT_EVENTS = 64 events a wait (winsock2.h, WSAWaitForMultipleEvents), of which one is
// the wake-up.
#include <winsock2.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engines/winsock/attempt.h"
#include "engines/winsock/engines.h"
#include "engines/winsock/overlapped/event.h"
#include "engines/winsock/network_events.h"
#include "platform/error.h"

namespace recvbench {
namespace {

constexpr std::size_t connections_per_thread = WSA_MAXIMUM_WAIT_EVENTS - 1;

class EventSelectWorker final : public NetworkEventWorker {
 public:
  explicit EventSelectWorker(const EngineSettings& settings)
      : NetworkEventWorker(settings, connections_per_thread), events_(connections_per_thread) {
    for (const Event& event : events_) free_.push_back(event.handle());
  }

  void wake() noexcept override { WSASetEvent(wakeup_.handle()); }

  void run(ReceiveSink& sink) override {
    line_.assign(1, wakeup_.handle());
    for (;;) {
      counters_.wait_call();
      const DWORD answer = WSAWaitForMultipleEvents(static_cast<DWORD>(line_.size()), line_.data(), FALSE,
                                                    WSA_INFINITE, FALSE);
      if (answer == WSA_WAIT_FAILED) {
        throw_error(last_socket_error(), "WSAWaitForMultipleEvents",
                    std::to_string(line_.size()) + " events");
      }
      // The lowest that is set. The wake-up comes first, so that no traffic can hide it.
      const std::size_t place = answer - WSA_WAIT_EVENT_0;
      const auto before = counters_.completions();
      if (place > 0) serve(place, sink);
      counters_.wakeup(counters_.completions() - before);
      if (place == 0 && !take_new(sink)) return;
    }
  }

 private:
  void serve(std::size_t place, ReceiveSink& sink) {
    if (const auto end = receive_what_came(*connections_[place - 1], line_[place], sink)) {
      remove(place, sink, *end);
    } else {
      send_to_the_end(place);
    }
  }

  // Empty = the connection goes on; otherwise what it ended with.
  std::optional<std::error_code> receive_what_came(Connection& connection, WSAEVENT event,
                                                   ReceiveSink& sink) {
    WSANETWORKEVENTS what{};
    if (WSAEnumNetworkEvents(connection.native(), event, &what) == SOCKET_ERROR) return last_socket_error();
    if ((what.lNetworkEvents & FD_CLOSE) != 0) {
      return receive_rest(connection, socket_error(what.iErrorCode[FD_CLOSE_BIT]), sink);
    }
    // Of FD_READ's error code recv says the same.
    if ((what.lNetworkEvents & FD_READ) != 0) return receive(connection, sink);
    return std::nullopt;
  }

  // 63 handles and pointers at most: less than a wait.
  void send_to_the_end(std::size_t place) {
    const auto in_line = line_.begin() + static_cast<std::ptrdiff_t>(place);
    std::rotate(in_line, in_line + 1, line_.end());
    const auto connection = connections_.begin() + static_cast<std::ptrdiff_t>(place - 1);
    std::rotate(connection, connection + 1, connections_.end());
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
    // What has arrived before this is recorded at once.
    if (WSAEventSelect(connection->native(), free_.back(), watched_events) == SOCKET_ERROR) {
      const std::error_code error = last_socket_error();
      return finish(std::move(connection), sink, error);
    }
    line_.push_back(free_.back());
    free_.pop_back();
    connections_.push_back(std::move(connection));
  }

  void remove(std::size_t place, ReceiveSink& sink, std::error_code error) {
    auto ended = std::move(connections_[place - 1]);
    connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(place - 1));
    const WSAEVENT event = line_[place];
    line_.erase(line_.begin() + static_cast<std::ptrdiff_t>(place));
    // Closing the socket ends its hold on the event, which is then reset for the next one.
    finish(std::move(ended), sink, error);
    WSAResetEvent(event);
    free_.push_back(event);
  }

  const Event wakeup_;
  const std::vector<Event> events_;  // one for each connection that fits
  std::vector<WSAEVENT> free_;       // those that no connection has
  // What is waited for, those served last at the end: [0] is the wake-up, [i] belongs to connections_[i - 1].
  std::vector<WSAEVENT> line_;
};

}  // namespace

EngineDescriptor event_select_engine() {
  EngineDescriptor engine;
  engine.name = "event-select";
  engine.api = "WSAEventSelect + WSAWaitForMultipleEvents + recv";
  engine.platform = "windows";
  engine.summary = "each thread waits for the readiness events of up to 63 connections, then receives";
  engine.protocols = {"tcp", "udp"};
  engine.limits = {
      {"events per wait", WSA_MAXIMUM_WAIT_EVENTS, "WSA_MAXIMUM_WAIT_EVENTS in winsock2.h"},
      {"connections per thread", connections_per_thread, "the events of one wait less the wake-up's"}};
  engine.settings = {threads_setting, buffer_setting, datagram_call_setting, socket_buffer_setting};
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] {
    return available_if([] {
      const Socket socket = open_tcp(AddressFamily::ipv4);
      const Event event;
      if (WSAEventSelect(socket.native(), event.handle(), FD_READ | FD_CLOSE) == SOCKET_ERROR) {
        throw_error(last_socket_error(), "WSAEventSelect");
      }
    });
  };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<WorkerEngine>(
        "event-select", settings,
        [](const EngineSettings& s) { return std::make_unique<EventSelectWorker>(s); },
        WorkerEngine::Growth::on_demand);
  };
  return engine;
}

}  // namespace recvbench
