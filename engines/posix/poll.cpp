// poll: readiness of any number of sockets, asked anew at every call.
//
//   poll(fds, n, -1) -> for each entry with revents: recv
//
// Every call hands the kernel the whole array and every return makes the thread look through it, so the cost
// of a wakeup grows with the connections held, not with those that have something to say: about as good as
// anything at tens of connections, a poor choice at thousands that are mostly idle. Unlike select it has no
// limit on descriptor numbers, and unlike epoll it is POSIX, and needs no call to begin or end watching a
// socket.
//
// Limits: the array may not be longer than RLIMIT_NOFILE (EINVAL, poll(2)), which cannot bind here, since
// every entry is an open descriptor.
#include <poll.h>

#include <cerrno>
#include <utility>

#include "engines/posix/engines.h"
#include "engines/readiness_worker.h"

namespace recvbench {
namespace {

class PollWorker final : public ReadinessWorker {
 public:
  explicit PollWorker(const EngineSettings& settings) : ReadinessWorker(settings) {}

  void run(ReceiveSink& sink) override {
    entries_.assign(1, pollfd{waker_.native(), POLLIN, 0});
    for (;;) {
      counters_.wait_call();
      int ready = ::poll(entries_.data(), static_cast<nfds_t>(entries_.size()), -1);
      if (ready < 0) {
        if (errno == EINTR) continue;
        throw_error(last_system_error(), "poll", std::to_string(entries_.size()) + " descriptors");
      }
      const bool woken = entries_[0].revents != 0;
      if (woken) --ready;
      const auto before = counters_.completions();
      // From the back: a connection that ends gives its place to the last one, which has been looked at
      // already.
      for (std::size_t i = entries_.size() - 1; ready > 0 && i > 0; --i) {
        // POLLHUP and POLLERR come without being asked for; recv says what they mean.
        if (entries_[i].revents == 0) continue;
        --ready;
        if (const auto end = receive(*connections_[i - 1], sink)) remove(i, sink, *end);
      }
      counters_.wakeup(counters_.completions() - before);
      if (woken && !take_new()) return;
    }
  }

 private:
  // False = stop.
  bool take_new() {
    waker_.clear();
    if (!inbox().take(connections_)) return false;
    while (entries_.size() <= connections_.size()) {
      entries_.push_back(pollfd{connections_[entries_.size() - 1]->native(), POLLIN, 0});
    }
    return true;
  }

  void remove(std::size_t entry, ReceiveSink& sink, std::error_code error) {
    auto ended = std::exchange(connections_[entry - 1], std::move(connections_.back()));
    connections_.pop_back();
    entries_[entry] = entries_.back();
    entries_.pop_back();
    finish(std::move(ended), sink, error);
  }

  std::vector<pollfd> entries_;  // [0] is the wakeup, [i] is connections_[i - 1]
};

}  // namespace

EngineDescriptor poll_engine() {
  EngineDescriptor engine;
  engine.name = "poll";
  engine.api = "poll + recv";
  engine.platform = "linux";
  engine.summary = "each thread polls all of its sockets for readiness, then receives";
  engine.protocols = {"tcp", "udp"};
  engine.settings = {threads_setting, buffer_setting, peek_setting, datagram_call_setting,
                     socket_buffer_setting};
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] { return Availability{}; };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<WorkerEngine>(
        "poll", settings, [](const EngineSettings& s) { return std::make_unique<PollWorker>(s); });
  };
  return engine;
}

}  // namespace recvbench
