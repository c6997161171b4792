// afd-poll: readiness straight from the sockets' driver, queued at a completion port. EXPERIMENTAL: neither
// the device nor the request is documented (afd/abi.h says where they are known from).
//
//   NtCreateFile(\Device\Afd\...) once per thread, associated with the thread's port
//   NtDeviceIoControlFile(IOCTL_AFD_POLL, one socket) once per connection, and again after each report
//   GetQueuedCompletionStatusEx -> for each: recv
//
// What libuv, wepoll and mio make epoll of, and so what most event loops that came from POSIX run on under
// Windows. A poll is level-triggered and one-shot: it completes when its socket can be read, at once where it
// can already, and is then asked for again. The cost of a wakeup grows with the sockets that are ready, not
// with those that are held, and no buffer is held for a connection at rest; but each report costs a
// call for the next poll, beside the wait and the recv. Each thread has its own port, device and share of the
// connections.
//
// What can be varied:
//   batch              reports taken by one call.
//   receives-per-poll  1: recv once, and poll again; what is left is reported after the others had their
//                      turn. More: recv until there is nothing, at most so often; saves polls where much
//                      is waiting, and costs a recv that finds nothing where not.
//
// What must be kept in mind:
// - A poll's memory is the system's until its packet has been taken off the port. A connection ends in its
//   turn only, when its poll has come back, so that there is nothing to cancel before stop; there all polls
//   are cancelled, and each one's packet is waited for before anything is freed.
// - A poll that has completed at once has its packet as well.
// - What is polled is the socket beneath all layered providers (SIO_BASE_HANDLE).
// - Out-of-band data (AFD_POLL_RECEIVE_EXPEDITED) is not asked for: recv leaves it there, and it would be
//   reported for ever.
//
// Use it: to know what a portable event loop pays on Windows. Do not: in a program of one's own, where
// socket-notifications does the same, documented, without a call for each report, and iocp does without the
// recv.
//
// Limits: none on connections or threads. Windows Vista on; Wine, whose server's work for each report and
// each close grows with the polls outstanding: with 1,000 connections it falls short of 10,000 messages/s,
// and their end takes it 7 s (Wine 8).
#include "engines/winsock/afd/engine.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "engines/nonblocking_worker.h"
#include "engines/winsock/afd/device.h"
#include "engines/winsock/attempt.h"
#include "engines/winsock/port/completion_port.h"
#include "platform/error.h"

namespace recvbench {
namespace {

constexpr Setting batch_setting = number_setting("batch", "reports taken by one call", 16, 1, 1024);
constexpr Setting receives_per_poll_setting = number_setting(
    "receives-per-poll", "receives before the socket is polled again, unless it is empty before", 1, 1, 1024);

constexpr ULONG readable = afd::poll_receive | afd::poll_disconnect | afd::poll_abort | afd::poll_local_close;

class AfdPollWorker final : public NonblockingWorker {
 public:
  AfdPollWorker(const EngineSettings& settings, const AfdFunctions& functions)
      : NonblockingWorker(settings),
        receives_per_poll_(settings.get(receives_per_poll_setting)),
        device_(functions, port_),
        packets_(port_, static_cast<std::size_t>(settings.get(batch_setting))) {}

  void wake() noexcept override {
    // Fails where the system has no memory for the packet. There is no other way to be heard.
    while (!port_.post(0, 0)) Sleep(1);
  }

  void run(ReceiveSink& sink) override {
    try {
      while (serve_batch(sink)) {
      }
    } catch (...) {
      settle_polls();
      throw;
    }
    // Nothing may be in flight when the caller closes the sockets.
    if (const auto error = settle_polls()) throw_error(error, "NtCancelIoFileEx", "all polls");
  }

 private:
  // What is cancelled completes at once; past this it is given up.
  static constexpr std::chrono::seconds settling_limit{5};

  // A connection's poll. Its packets name it, so it keeps its place for life.
  struct Watch : AfdPoll {
    explicit Watch(std::size_t place) : slot(place) {}
    const std::size_t slot;  // in connections_
    NativeSocket base = no_socket;
  };

  // False = stop.
  bool serve_batch(ReceiveSink& sink) {
    counters_.wait_call();
    const auto packets = packets_.take();
    bool woken = false;
    const auto before = counters_.completions();
    for (const OVERLAPPED_ENTRY& packet : packets) {
      if (packet.lpOverlapped == nullptr) {  // no poll's
        woken = true;
      } else {
        --outstanding_;
        serve(static_cast<Watch&>(*packet.lpOverlapped), sink);
      }
    }
    counters_.wakeup(counters_.completions() - before);
    return !woken || take_new(sink);
  }

  void serve(Watch& watch, ReceiveSink& sink) {
    if (const auto error = device_.error_of(watch)) return remove(watch, sink, error);
    Connection& connection = *connections_[watch.slot];
    if ((watch.info.socket.events & afd::poll_local_close) != 0) {
      // By someone else. The number may be another socket's by now: it must be neither read nor closed.
      connection.release_socket();
      return remove(watch, sink, socket_error(WSAENOTSOCK));
    }
    bool is_empty = false;
    for (std::uint64_t i = 0; i < receives_per_poll_ && !is_empty; ++i) {
      const auto before = counters_.completions();
      if (const auto end = receive(connection, sink)) return remove(watch, sink, *end);
      is_empty = counters_.completions() == before;
    }
    poll(watch, sink);
  }

  void poll(Watch& watch, ReceiveSink& sink) {
    ++outstanding_;
    if (const auto error = device_.start(watch, watch.base, readable)) {
      --outstanding_;
      remove(watch, sink, error);
    }
  }

  // False = stop.
  bool take_new(ReceiveSink& sink) {
    std::vector<std::unique_ptr<Connection>> arrived;
    const bool go_on = inbox().take(arrived);
    for (auto& connection : arrived) adopt(std::move(connection), sink);
    return go_on;
  }

  void adopt(std::unique_ptr<Connection> connection, ReceiveSink& sink) {
    Watch& watch = free_watch();
    connections_[watch.slot] = std::move(connection);
    try {
      watch.base = base_socket(connections_[watch.slot]->socket());
    } catch (const std::system_error& error) {
      return remove(watch, sink, error.code());
    }
    poll(watch, sink);
  }

  Watch& free_watch() {
    if (free_.empty()) {
      connections_.emplace_back();
      return watches_->emplace_back(connections_.size() - 1);
    }
    Watch& watch = *free_.back();
    free_.pop_back();
    return watch;
  }

  // Its poll is not outstanding.
  void remove(Watch& watch, ReceiveSink& sink, std::error_code error) {
    free_.push_back(&watch);
    finish(std::move(connections_[watch.slot]), sink, error);
  }

  // Cancels all polls and waits for their packets. Where they do not come, says why, and leaves the memory
  // for good to the system, which may still write to it.
  std::error_code settle_polls() noexcept {
    std::error_code error = device_.cancel_all();
    const auto deadline = std::chrono::steady_clock::now() + settling_limit;
    while (!error && outstanding_ > 0) {
      error = take_settled();
      if (!error && outstanding_ > 0 && std::chrono::steady_clock::now() > deadline) {
        error = std::make_error_code(std::errc::timed_out);
      }
    }
    if (outstanding_ > 0) static_cast<void>(watches_.release());
    return error;
  }

  std::error_code take_settled() noexcept {
    try {
      for (const OVERLAPPED_ENTRY& packet : packets_.take_within(100)) {
        if (packet.lpOverlapped != nullptr) --outstanding_;
      }
      return {};
    } catch (const std::system_error& error) {
      return error.code();
    }
  }

  const std::uint64_t receives_per_poll_;
  CompletionPort port_;
  AfdDevice device_;
  InBatches packets_;
  std::size_t outstanding_ = 0;  // polls whose packets have not been taken
  std::unique_ptr<std::deque<Watch>> watches_ = std::make_unique<std::deque<Watch>>();  // of connections_
  std::vector<Watch*> free_;
};

// One poll that waits, and is completed by a byte that comes.
void poll_once() {
  CompletionPort port;
  AfdDevice device(system_afd_functions(), port);
  const SocketPair pair = connected_pair();
  auto poll = std::make_unique<AfdPoll>();
  if (const auto error = device.start(*poll, base_socket(pair.accepted), readable)) {
    throw_error(error, "NtDeviceIoControlFile", "IOCTL_AFD_POLL");
  }
  constexpr std::array<std::byte, 1> byte{};
  const IoResult sent = send_some(pair.connected.native(), byte);
  InBatches packets(port, 1);
  constexpr DWORD limit_ms = 5000;
  if (packets.take_within(limit_ms).empty()) {
    static_cast<void>(poll.release());  // it may still come
    throw_error(sent.error ? sent.error : std::make_error_code(std::errc::timed_out), "IOCTL_AFD_POLL",
                "a socket that can be read");
  }
  if (const auto error = device.error_of(*poll)) throw_error(error, "IOCTL_AFD_POLL", "completion");
  if ((poll->info.socket.events & afd::poll_receive) == 0) {
    throw_error(std::make_error_code(std::errc::protocol_error), "IOCTL_AFD_POLL",
                "events " + std::to_string(poll->info.socket.events) + " of a socket that can be read");
  }
}

}  // namespace

std::unique_ptr<ReceiveEngine> make_afd_poll_engine(const EngineSettings& settings, AfdSource source) {
  return std::make_unique<WorkerEngine>(
      "afd-poll", settings, [source = std::move(source)](const EngineSettings& s) -> std::unique_ptr<Worker> {
        return std::make_unique<AfdPollWorker>(s, source());
      });
}

EngineDescriptor afd_poll_engine() {
  EngineDescriptor engine;
  engine.name = "afd-poll";
  engine.api = "IOCTL_AFD_POLL + GetQueuedCompletionStatusEx + recv";
  engine.platform = "windows";
  engine.summary =
      "experimental, by an undocumented interface: polls each socket at its driver, through a port";
  engine.protocols = {"tcp", "udp"};
  engine.settings = {threads_setting,       buffer_setting, peek_setting,
                     datagram_call_setting, batch_setting,  receives_per_poll_setting,
                     socket_buffer_setting};
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] { return available_if(&poll_once); };
  engine.create = [](const EngineSettings& settings) {
    return make_afd_poll_engine(settings, system_afd_functions);
  };
  return engine;
}

}  // namespace recvbench
