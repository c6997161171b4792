// socket-notifications: the system queues at a completion port which sockets can be read; the bytes are then
// fetched by recv. Windows' own epoll, since build 20348 (Windows 11, Server 2022).
//
//   ProcessSocketNotifications(port, registrations, INFINITE, batch)
//     registrations   sockets to watch from now on, to watch again, to watch no longer
//     -> packets      key, events -> recv -> deliver
//
// One call does both, so that what a batch of notifications asks for (watch these again, not those) costs no
// call of its own. No buffer is held for a connection at rest, and the price of a wakeup grows with the
// sockets that are ready, not with those that are held.
//
// What can be varied:
//   trigger=level    reported as long as there are bytes: one recv a notification, and what is left is
//                    reported again.
//   trigger=edge     reported when bytes come where there were none: recv until it would block, or nothing is
//                    ever reported again. A connection has its turn of 16 receives, and another after the
//                    others had theirs, so that a peer that sends as fast as it is served cannot keep the
//                    thread to itself. Each drain ends with a recv that finds nothing.
//   trigger=oneshot  level, and not watched again until it is asked for: together with the next wait, after
//                    its recv.
//   batch            packets taken by one call, each of which makes the last of them wait for all before it;
//                    where threads share a port, a large batch leaves the others nothing to do.
//
// Ports follow from the trigger. With level and edge a socket may be reported again while its last
// notification is being served, and two threads would receive from it at once: each thread has a port of its
// own and its share of the connections. With oneshot the connection is in the hands of the thread that was
// told until that thread asks for it again, so that all threads take from one port. This is what the
// documentation recommends for several threads ("Winsock socket state notifications"): ports of their own let
// one thread fall behind while others are idle.
//
// What must be kept in mind:
// - Each registration has a result of its own, beside the call's, and it is seen once the call returns. So a
//   wait that carries registrations is bounded: a refused one would go unseen until something else happens.
// - An edge must be waited for before it can come: what was there before the registration is never reported,
//   so a new edge-triggered connection is drained once it is registered.
// - After a connection is to be watched no longer its notifications may still be queued. What its key points
//   to is freed when SOCK_NOTIFY_EVENT_REMOVE has come, which is the last one; closesocket deregisters as
//   well, but sends none. Where a removal cannot be had, that memory is kept until stop().
// - HANGUP says that the connection ends, not that everything has been received: recv says that.
// - Packets of our own come through the same port, and one call may take several of them.
//
// Use it: for many connections of which few speak at a time, above all where a port of epoll or kqueue code
// wants readiness. Do not: for a few busy connections; overlapped receives spare them a call for each
// receive ("overlapped socket I/O might have less overhead").
//
// Limits: none on connections or threads. A socket is registered with one port at a time. Before build 20348,
// and under Wine, it runs on an emulation and is never ranked.
#include "engines/winsock/notifications/engine.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "engines/engine_threads.h"
#include "engines/nonblocking_receiver.h"
#include "engines/winsock/port/completion_port.h"
#include "platform/error.h"

namespace recvbench {
namespace {

constexpr std::string_view trigger_choices[] = {"level", "edge", "oneshot"};
constexpr Setting trigger_setting = choice_setting(
    "trigger", "when a socket is reported; oneshot: level, re-armed after each receive, one port",
    trigger_choices);
constexpr Setting batch_setting = number_setting("batch", "notifications taken by one call", 16, 1, 1024);

// What a trigger asks of its user.
struct Trigger {
  std::uint8_t flags;     // of the registration
  bool one_port;          // all threads take from one port; else each from its own
  int receives_per_turn;  // before the other connections have theirs

  bool is_edge() const { return (flags & notify::trigger_edge) != 0; }
  bool is_oneshot() const { return (flags & notify::trigger_oneshot) != 0; }
};

// In the order of trigger_choices.
constexpr Trigger triggers[] = {
    {notify::trigger_level | notify::trigger_persistent, false, 1},
    {notify::trigger_edge | notify::trigger_persistent, false, 16},
    {notify::trigger_level | notify::trigger_oneshot, true, 1},
};

// A connection and what is known of its registration. Its address is the completion key, so it stays until
// no notification can name it, longer than the connection itself. In one thread's hands at a time.
struct Watched {
  explicit Watched(std::unique_ptr<Connection> taken) : connection(std::move(taken)) {}

  std::unique_ptr<Connection> connection;  // null once closed
  std::optional<std::error_code> end;      // set once nothing more is to be received
  bool registered = false;                 // has been asked for
  bool unfinished = false;                 // its thread goes on with it, notified or not
  std::list<Watched>::iterator place;
};

// A port, the connections that are registered there, and the threads that take from it.
class SharedPort {
 public:
  // `threads`: how many will leave().
  explicit SharedPort(int threads) : threads_(threads) {}

  HANDLE handle() const { return port_.handle(); }

  // A packet of our own, without a registration: the thread that gets it registers the connection. Throws
  // std::system_error.
  void add(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex_);
    if (threads_ == 0) throw_error(canceled_error(), "socket-notifications: add", "a thread that has ended");
    Watched& added = connections_.emplace_back(std::move(connection));
    added.place = std::prev(connections_.end());
    if (port_.post(reinterpret_cast<ULONG_PTR>(&added), 0)) return;
    const std::error_code error = last_system_error();
    connections_.pop_back();
    throw_error(error, "PostQueuedCompletionStatus");
  }

  void remove(Watched& watched) {
    const std::lock_guard lock(mutex_);
    connections_.erase(watched.place);
  }

  // The calling thread takes no more packets. True where it is the last one, which may then look at all
  // connections: nobody else does.
  bool leave() {
    const std::lock_guard lock(mutex_);
    return --threads_ == 0;
  }
  // To be called after leave() by the last one.
  std::list<Watched>& connections() { return connections_; }

  // A thread is to leave; it then passes the packet on.
  void post_stop() {
    if (!port_.post(stop_key, 0)) throw_error(last_system_error(), "PostQueuedCompletionStatus");
  }
  static bool is_stop(const OVERLAPPED_ENTRY& packet) { return packet.lpCompletionKey == stop_key; }

 private:
  static constexpr ULONG_PTR stop_key = 0;

  CompletionPort port_;
  std::mutex mutex_;
  std::list<Watched> connections_;
  int threads_;
};

// One thread: what it takes off its port, and what it asks for in return.
class NotifiedThread {
 public:
  NotifiedThread(SharedPort& port, notify::ProcessSocketNotifications process, const EngineSettings& settings)
      : port_(port),
        process_(process),
        trigger_(triggers[settings.get(trigger_setting)]),
        receiver_(settings),
        packets_(static_cast<std::size_t>(settings.get(batch_setting))) {}

  // Any thread, before the connection is added to a port.
  void admit(const Connection& connection) const { receiver_.admit(connection); }

  // The body of the thread.
  void run(ReceiveSink& sink) {
    std::error_code reason = canceled_error();
    try {
      while (take_and_serve(sink)) {
      }
      port_.post_stop();
    } catch (const std::system_error& error) {
      reason = error.code();
      give_up(sink, reason);
    }
    if (port_.leave()) close_all(sink, reason);
  }

  const WorkerCounters& counters() const { return counters_; }

 private:
  // The answer to a registration comes with the call's return, and so with the next packet: one that was
  // refused would wait for other connections' traffic.
  static constexpr std::uint32_t answer_limit_ms = 100;
  // Removals are told within milliseconds; past this they are given up.
  static constexpr std::chrono::seconds removal_limit{5};

  // False = stop.
  bool take_and_serve(ReceiveSink& sink) {
    counters_.wait_call();
    const std::uint32_t count = exchange(!unfinished_.empty() ? 0
                                         : asked_for_.empty() ? INFINITE
                                                              : answer_limit_ms);
    for (const notify::Registration& answered : answered_) {
      if (answered.registration_result != ERROR_SUCCESS) refused(answered, sink);
    }
    const auto before = counters_.completions();
    // Only those that were unfinished before the call: it registered the new ones among them, and to be
    // drained before that would be too early.
    turns_.clear();
    turns_.swap(unfinished_);
    bool go_on = true;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (SharedPort::is_stop(packets_[i])) {
        go_on = false;
      } else {
        serve(packets_[i], sink);
      }
    }
    for (Watched* watched : turns_) {
      watched->unfinished = false;
      if (!watched->end) take_turn(*watched, sink);
    }
    if (count > 0 || !turns_.empty()) counters_.wakeup(counters_.completions() - before);
    return go_on;
  }

  // Hands over what is asked for, whose answers are then in answered_, and takes packets.
  std::uint32_t exchange(std::uint32_t timeout_ms) {
    answered_.clear();
    answered_.swap(asked_for_);
    std::uint32_t count = 0;
    const DWORD error = process_(port_.handle(), static_cast<std::uint32_t>(answered_.size()),
                                 answered_.empty() ? nullptr : answered_.data(), timeout_ms,
                                 static_cast<ULONG>(packets_.size()), packets_.data(), &count);
    if (error == ERROR_SUCCESS) return count;
    if (error == WAIT_TIMEOUT || error == ERROR_TIMEOUT) return 0;  // the documentation names both
    answered_.swap(asked_for_);  // "the entire operation failed, and no changes occurred"
    throw_error(socket_error(static_cast<int>(error)), "ProcessSocketNotifications",
                std::to_string(asked_for_.size()) + " registrations");
  }

  void serve(const OVERLAPPED_ENTRY& packet, ReceiveSink& sink) {
    Watched& watched = *reinterpret_cast<Watched*>(packet.lpCompletionKey);
    if ((packet.dwNumberOfBytesTransferred & notify::event_remove) != 0) {
      close(watched, sink);
      port_.remove(watched);
    } else if (!watched.registered) {
      watched.registered = true;
      ask_for(watched, notify::operation_enable);
      if (trigger_.is_edge()) go_on_later(watched);  // what is there already is no edge
    } else if (!watched.end && !watched.unfinished) {
      take_turn(watched, sink);
    }
  }

  void go_on_later(Watched& watched) {
    watched.unfinished = true;
    unfinished_.push_back(&watched);
  }

  void take_turn(Watched& watched, ReceiveSink& sink) {
    bool is_empty = false;
    for (int i = 0; i < trigger_.receives_per_turn && !is_empty; ++i) {
      const auto before = counters_.completions();
      watched.end = receiver_.receive(*watched.connection, sink, counters_);
      if (watched.end) return ask_for(watched, notify::operation_remove);
      is_empty = counters_.completions() == before;
    }
    if (trigger_.is_oneshot()) ask_for(watched, notify::operation_enable);
    if (trigger_.is_edge() && !is_empty) go_on_later(watched);
  }

  // With the next call. After that the connection may be in other hands, or gone.
  void ask_for(Watched& watched, std::uint8_t operation) {
    asked_for_.push_back(registration(watched, operation));
  }
  notify::Registration registration(Watched& watched, std::uint8_t operation) const {
    constexpr std::uint16_t filter = notify::event_in | notify::event_hangup;
    return {watched.connection->native(), &watched, filter, operation, trigger_.flags, ERROR_SUCCESS};
  }

  // No notification of this one can come as long as it is not enabled, so it is in this thread's hands still.
  void refused(const notify::Registration& answered, ReceiveSink& sink) {
    Watched& watched = *static_cast<Watched*>(answered.completion_key);
    if (answered.operation == notify::operation_remove) return close(watched, sink);
    watched.end = socket_error(static_cast<int>(answered.registration_result));
    ask_for(watched, notify::operation_remove);
  }

  // Closes the connection. What its key points to stays.
  static void close(Watched& watched, ReceiveSink& sink) {
    if (!watched.connection) return;
    sink.on_close(*watched.connection, *watched.end);
    watched.connection.reset();
  }

  // This thread takes no more packets, and nobody else knows of these.
  void give_up(ReceiveSink& sink, std::error_code reason) {
    for (const notify::Registration& asked : asked_for_) {
      Watched& watched = *static_cast<Watched*>(asked.completion_key);
      if (!watched.end) watched.end = reason;
      close(watched, sink);
    }
  }

  // Nobody takes packets any more but this thread.
  void close_all(ReceiveSink& sink, std::error_code reason) {
    remove_all();
    for (Watched& watched : port_.connections()) {
      if (!watched.end) watched.end = reason;
      close(watched, sink);
    }
    port_.connections().clear();
  }

  // Sockets are to be closed when they are registered no longer. Where a removal fails, closesocket has to
  // do: what it leaves in the port's queue nobody takes.
  void remove_all() {
    asked_for_.clear();
    unfinished_.clear();
    for (Watched& watched : port_.connections()) {
      if (watched.connection) ask_for(watched, notify::operation_remove);
    }
    try {
      // At most: of what was removed before, a packet may be on its way still.
      auto awaited = static_cast<std::ptrdiff_t>(asked_for_.size());
      const auto deadline = std::chrono::steady_clock::now() + removal_limit;
      while (awaited > 0 && std::chrono::steady_clock::now() < deadline) {
        const std::uint32_t count = exchange(100);
        awaited -=
            std::count_if(answered_.begin(), answered_.end(), [](const notify::Registration& answered) {
              return answered.registration_result != ERROR_SUCCESS;
            });
        awaited -=
            std::count_if(packets_.begin(), packets_.begin() + count, [](const OVERLAPPED_ENTRY& packet) {
              return !SharedPort::is_stop(packet) &&
                     (packet.dwNumberOfBytesTransferred & notify::event_remove) != 0;
            });
      }
    } catch (const std::system_error&) {
      asked_for_.clear();
    }
  }

  SharedPort& port_;
  const notify::ProcessSocketNotifications process_;
  const Trigger& trigger_;
  NonblockingReceiver receiver_;
  std::vector<OVERLAPPED_ENTRY> packets_;
  std::vector<notify::Registration> asked_for_;  // with the next call
  std::vector<notify::Registration> answered_;   // by the last one
  std::vector<Watched*> unfinished_;             // edges not yet drained
  std::vector<Watched*> turns_;                  // those of them whose turn it is
  WorkerCounters counters_;
};

class SocketNotificationsEngine final : public ReceiveEngine {
 public:
  SocketNotificationsEngine(const EngineSettings& settings, SocketNotificationsSource source)
      : settings_(settings), source_(std::move(source)), threads_("socket-notifications", settings) {}
  ~SocketNotificationsEngine() override { SocketNotificationsEngine::stop(); }

  void start(ReceiveHandler& handler) override {
    const int threads = std::max(1, settings_.threads);
    try {
      {
        const std::lock_guard lock(mutex_);
        bodies_.clear();
        const SocketNotificationsProvider provider = source_();
        const int ports = triggers[settings_.get(trigger_setting)].one_port ? 1 : threads;
        for (int i = 0; i < ports; ++i) ports_.push_back(std::make_unique<SharedPort>(threads / ports));
        for (int i = 0; i < threads; ++i) {
          SharedPort& port = *ports_[static_cast<std::size_t>(i % ports)];
          bodies_.push_back(std::make_unique<NotifiedThread>(port, provider.process, settings_));
        }
        running_ = true;
      }
      for (const auto& body : bodies_) {
        threads_.start(handler, [&one = *body](ReceiveSink& sink) { one.run(sink); });
      }
    } catch (...) {
      SocketNotificationsEngine::stop();
      throw;
    }
  }

  void add(std::unique_ptr<Connection> connection) override {
    const std::lock_guard lock(mutex_);
    if (!running_) {
      throw_error(canceled_error(), "socket-notifications: add", "an engine that is not running");
    }
    // An edge has to be drained, and a level may be gone when its turn comes.
    bodies_.front()->admit(*connection);
    ports_[next_port_++ % ports_.size()]->add(std::move(connection));
  }

  void stop() override {
    {
      const std::lock_guard lock(mutex_);
      running_ = false;
    }
    for (const auto& port : ports_) port->post_stop();
    threads_.join();
    ports_.clear();
  }

  EngineCounters counters() const override {
    const std::lock_guard lock(mutex_);
    EngineCounters sum;
    for (const auto& body : bodies_) sum += body->counters().snapshot();
    return sum;
  }

 private:
  const EngineSettings settings_;
  const SocketNotificationsSource source_;
  mutable std::mutex mutex_;
  bool running_ = false;
  std::vector<std::unique_ptr<SharedPort>> ports_;
  std::vector<std::unique_ptr<NotifiedThread>> bodies_;  // one a thread; kept after stop() for their counters
  std::size_t next_port_ = 0;
  EngineThreads threads_;
};

}  // namespace

std::unique_ptr<ReceiveEngine> make_socket_notifications_engine(const EngineSettings& settings,
                                                                SocketNotificationsSource source) {
  return std::make_unique<SocketNotificationsEngine>(settings, std::move(source));
}

EngineDescriptor socket_notifications_engine() {
  EngineDescriptor engine;
  engine.name = "socket-notifications";
  engine.api = "ProcessSocketNotifications + recv";
  engine.platform = "windows";
  engine.summary = "a completion port reports which sockets can be read, level, edge or one-shot";
  engine.protocols = {"tcp", "udp"};
  engine.settings = {threads_setting, buffer_setting, peek_setting,         datagram_call_setting,
                     trigger_setting, batch_setting,  socket_buffer_setting};
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] {
    const SocketNotificationsProvider provider = best_socket_notifications();
    return Availability{true, provider.remark, provider.emulated};
  };
  engine.create = [](const EngineSettings& settings) {
    return make_socket_notifications_engine(settings, best_socket_notifications);
  };
  return engine;
}

}  // namespace recvbench
