// async-select: readiness by window messages; the system posts one to a thread's queue when there is
// something to receive.
//
//   WSAAsyncSelect(socket, window, message number, FD_READ | FD_CLOSE) once per connection
//   GetMessage -> number, event, error -> recv
//
// The model of programs with a user interface, whose threads have a message loop anyway: sockets become one
// more source of messages, with no second thread and no lock. Here each thread has a window that is nothing
// but a queue (HWND_MESSAGE: never shown, not found, sent no broadcasts). The queue is served first come,
// first served, so that no socket can starve another. Every receive costs the posting and fetching of a
// message.
//
// What must be kept in mind:
// - FD_READ is posted once and then not again before a recv has been called; if something is left after
//   that, it is posted again (WSAAsyncSelect, Remarks). So one recv for each FD_READ: further ones would
//   bring further messages about bytes that are gone.
// - FD_CLOSE is posted once: NetworkEventWorker::receive_rest.
// - Closing a socket stops the posting, but what is in the queue stays there (WSAAsyncSelect, Remarks), and
//   by then the socket's number may be that of another one. So each connection has a message number of its
//   own, and what is left under it is thrown away before the number is used again.
// - A window's messages are fetched by the thread that made it, and by no other.
//
// Use it: in a program that has a window and few connections. Do not: elsewhere; the documentation itself
// points to overlapped I/O and event objects.
//
// Limits: 10,000 posted messages a queue, beyond which posting fails (PostMessage, Remarks;
// USERPostMessageLimit in the registry) and a socket would be forgotten. A connection can have two in it,
// the wake-up one more, so a thread holds 4,999 connections.
#include <winsock2.h>
#include <windows.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engines/winsock/attempt.h"
#include "engines/winsock/engines.h"
#include "engines/winsock/network_events.h"
#include "platform/error.h"

namespace recvbench {
namespace {

constexpr std::size_t messages_per_queue = 10'000;
constexpr std::size_t connections_per_thread = (messages_per_queue - 1) / 2;

constexpr UINT wake_message = WM_APP;
constexpr UINT first_message = WM_APP + 1;  // of connections_[0]
constexpr UINT last_message = 0xBFFF;       // the end of what a program may use as it likes (WM_APP)
static_assert(first_message + connections_per_thread - 1 <= last_message);

// A message queue of the calling thread, which is also to destroy it. Of the predefined class STATIC, since
// its window procedure never gets to see our messages.
class MessageWindow {
 public:
  MessageWindow()
      : handle_(CreateWindowExW(0, L"STATIC", L"", 0, 0, 0, 0, 0, HWND_MESSAGE, nullptr, nullptr, nullptr)) {
    if (!handle_) throw_error(last_system_error(), "CreateWindowExW", "HWND_MESSAGE");
  }
  ~MessageWindow() { DestroyWindow(handle_); }
  MessageWindow(const MessageWindow&) = delete;
  MessageWindow& operator=(const MessageWindow&) = delete;

  HWND handle() const { return handle_; }

 private:
  const HWND handle_;
};

class AsyncSelectWorker final : public NetworkEventWorker {
 public:
  explicit AsyncSelectWorker(const EngineSettings& settings)
      : NetworkEventWorker(settings, connections_per_thread) {}

  void wake() noexcept override {
    const std::lock_guard lock(mutex_);
    // Before the window is there nothing is to be woken: run() looks into the inbox once it is. One message
    // at a time, however many connections come.
    if (window_ && !woken_) woken_ = PostMessageW(window_->handle(), wake_message, 0, 0) != FALSE;
  }

  void run(ReceiveSink& sink) override {
    {
      const std::lock_guard lock(mutex_);
      window_.emplace();
    }
    try {
      receive_until_stopped(window_->handle(), sink);
    } catch (...) {
      close_window();
      throw;
    }
    close_window();
  }

 private:
  void receive_until_stopped(HWND window, ReceiveSink& sink) {
    bool go_on = take_new(window, sink);
    while (go_on) {
      MSG message{};
      counters_.wait_call();
      if (GetMessageW(&message, window, 0, 0) == -1) throw_error(last_system_error(), "GetMessageW");
      const auto before = counters_.completions();
      if (message.message == wake_message) {
        go_on = take_new(window, sink);
      } else if (const auto place = place_of(message)) {
        serve(*place, message, sink);
      } else {
        DispatchMessageW(&message);
      }
      counters_.wakeup(counters_.completions() - before);
    }
  }

  // Whose message it is; empty where it is no connection's: any program may post anything to a window.
  std::optional<std::size_t> place_of(const MSG& message) const {
    if (message.message < first_message) return std::nullopt;
    const std::size_t place = message.message - first_message;
    const bool known = place < connections_.size() && connections_[place] &&
                       connections_[place]->native() == static_cast<SOCKET>(message.wParam);
    return known ? std::optional(place) : std::nullopt;
  }

  void serve(std::size_t place, const MSG& message, ReceiveSink& sink) {
    if (const auto end = receive_what_came(*connections_[place], message, sink)) {
      remove(place, message.hwnd, sink, *end);
    }
  }

  // Empty = the connection goes on; otherwise what it ended with.
  std::optional<std::error_code> receive_what_came(Connection& connection, const MSG& message,
                                                   ReceiveSink& sink) {
    if (WSAGETSELECTEVENT(message.lParam) == FD_CLOSE) {
      // From here on the messages that recv would bring are not wanted.
      stop_messages(connection, message.hwnd);
      return receive_rest(connection, socket_error(WSAGETSELECTERROR(message.lParam)), sink);
    }
    // FD_READ; of its error code recv says the same.
    return receive(connection, sink);
  }

  // False = stop.
  bool take_new(HWND window, ReceiveSink& sink) {
    {
      const std::lock_guard lock(mutex_);
      woken_ = false;
    }
    std::vector<std::unique_ptr<Connection>> arrived;
    const bool go_on = inbox().take(arrived);
    for (auto& connection : arrived) adopt(std::move(connection), window, sink);
    return go_on;
  }

  void adopt(std::unique_ptr<Connection> connection, HWND window, ReceiveSink& sink) {
    const std::size_t place = free_place();
    connections_[place] = std::move(connection);
    // What has arrived before this is posted at once.
    if (WSAAsyncSelect(connections_[place]->native(), window, message_of(place), watched_events) ==
        SOCKET_ERROR) {
      remove(place, window, sink, last_socket_error());
    }
  }

  // A connection keeps its place for life, since its messages name it.
  std::size_t free_place() {
    if (free_places_.empty()) {
      connections_.emplace_back();
      return connections_.size() - 1;
    }
    const std::size_t place = free_places_.back();
    free_places_.pop_back();
    return place;
  }

  void remove(std::size_t place, HWND window, ReceiveSink& sink, std::error_code error) {
    finish(std::move(connections_[place]), sink, error);
    // Nothing is posted any more; what has been is about a socket that is gone.
    MSG late;
    while (PeekMessageW(&late, window, message_of(place), message_of(place), PM_REMOVE)) {
    }
    free_places_.push_back(place);
  }

  static UINT message_of(std::size_t place) { return first_message + static_cast<UINT>(place); }

  static void stop_messages(Connection& connection, HWND window) {
    WSAAsyncSelect(connection.native(), window, 0, 0);
  }

  // Before the sockets are closed: their messages would go to whatever window has its number then.
  void close_window() {
    for (const auto& connection : connections_) {
      if (connection) stop_messages(*connection, window_->handle());
    }
    const std::lock_guard lock(mutex_);
    window_.reset();
  }

  std::vector<std::size_t> free_places_;
  std::mutex mutex_;
  std::optional<MessageWindow> window_;  // of the thread; made and destroyed under mutex_
  bool woken_ = false;                   // under mutex_: a wake_message is in the queue
};

}  // namespace

EngineDescriptor async_select_engine() {
  EngineDescriptor engine;
  engine.name = "async-select";
  engine.api = "WSAAsyncSelect + GetMessage + recv";
  engine.platform = "windows";
  engine.summary = "each thread fetches readiness from its message queue, then receives";
  engine.protocols = {"tcp", "udp"};
  engine.limits = {
      {"messages per queue", messages_per_queue, "PostMessage, Remarks (USERPostMessageLimit's default)"},
      {"connections per thread", connections_per_thread,
       "two messages each (FD_READ, FD_CLOSE) besides the wake-up"}};
  engine.settings = {threads_setting, buffer_setting, datagram_call_setting, socket_buffer_setting};
  engine.max_connections = [](const EngineSettings& settings) {
    return std::optional<std::uint64_t>(connections_per_thread *
                                        static_cast<std::uint64_t>(std::max(1, settings.threads)));
  };
  engine.probe = [] {
    return available_if([] {
      const Socket socket = open_tcp(AddressFamily::ipv4);
      const MessageWindow window;
      if (WSAAsyncSelect(socket.native(), window.handle(), first_message, FD_READ | FD_CLOSE) ==
          SOCKET_ERROR) {
        throw_error(last_socket_error(), "WSAAsyncSelect");
      }
    });
  };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<WorkerEngine>("async-select", settings, [](const EngineSettings& s) {
      return std::make_unique<AsyncSelectWorker>(s);
    });
  };
  return engine;
}

}  // namespace recvbench
