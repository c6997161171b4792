// epoll: the kernel keeps the list of watched sockets, and a wait returns only those that can be read.
//
//   epoll_ctl(ADD) once per connection; epoll_wait(up to 64 events) -> for each: recv
//
// The cost of a wakeup grows with the sockets that are ready, not with those that are held: the choice for
// many connections of which few speak at a time. Level-triggered and one recv per report: what a recv leaves
// behind is reported by the next epoll_wait, which also goes round the ready sockets fairly, for a reported
// socket is put at the end of the kernel's ready list. A socket leaves the set when its last descriptor is
// closed; no EPOLL_CTL_DEL is needed, since nobody duplicates the descriptor.
//
// Limits: /proc/sys/fs/epoll/max_user_watches per user, some 160 bytes of kernel memory each and about 4% of
// low memory in all (epoll(7)): hundreds of thousands, met as ENOSPC by epoll_ctl, and given to on_close.
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <utility>

#include "engines/posix/engines.h"
#include "engines/readiness_worker.h"

namespace recvbench {
namespace {

// As many as the engines over completion ports take at once. A longer batch saves calls, and makes the
// connections at its end wait for all those before them.
constexpr std::size_t events_per_wait = 64;

class EpollWorker final : public ReadinessWorker {
 public:
  explicit EpollWorker(const EngineSettings& settings)
      : ReadinessWorker(settings), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw_error(last_system_error(), "epoll_create1");
    if (const auto error = watch(waker_.native(), wakeup_slot)) {
      ::close(epoll_);
      throw_error(error, "epoll_ctl", "eventfd");
    }
  }
  ~EpollWorker() override { ::close(epoll_); }

  void run(ReceiveSink& sink) override {
    std::array<epoll_event, events_per_wait> events;
    for (;;) {
      counters_.wait_call();
      const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      if (ready < 0) {
        if (errno == EINTR) continue;
        throw_error(last_system_error(), "epoll_wait");
      }
      bool woken = false;
      const auto before = counters_.completions();
      for (std::size_t i = 0; i < static_cast<std::size_t>(ready); ++i) {
        const std::uint32_t slot = events[i].data.u32;
        if (slot == wakeup_slot) {
          woken = true;
        } else if (const auto end = receive(*connections_[slot], sink)) {
          remove(slot, sink, *end);
        }
      }
      counters_.wakeup(counters_.completions() - before);
      if (woken && !take_new(sink)) return;
    }
  }

 private:
  static constexpr std::uint32_t wakeup_slot = std::numeric_limits<std::uint32_t>::max();

  std::error_code watch(int descriptor, std::uint32_t slot) {
    epoll_event event{};
    event.events = EPOLLIN;  // EPOLLHUP and EPOLLERR come without being asked for; recv says what they mean
    event.data.u32 = slot;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0) return {};
    return last_system_error();
  }

  // False = stop.
  bool take_new(ReceiveSink& sink) {
    waker_.clear();
    std::vector<std::unique_ptr<Connection>> arrived;
    const bool go_on = inbox().take(arrived);
    for (auto& connection : arrived) {
      const std::uint32_t slot = free_slot();
      connections_[slot] = std::move(connection);
      if (const auto error = watch(connections_[slot]->native(), slot)) remove(slot, sink, error);
    }
    return go_on;
  }

  // A connection keeps its place for life, since the kernel's events name it.
  std::uint32_t free_slot() {
    if (free_slots_.empty()) {
      connections_.emplace_back();
      return static_cast<std::uint32_t>(connections_.size() - 1);
    }
    const std::uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    return slot;
  }

  void remove(std::uint32_t slot, ReceiveSink& sink, std::error_code error) {
    free_slots_.push_back(slot);
    finish(std::move(connections_[slot]), sink, error);
  }

  const int epoll_;
  std::vector<std::uint32_t> free_slots_;
};

}  // namespace

EngineDescriptor epoll_engine() {
  EngineDescriptor engine;
  engine.name = "epoll";
  engine.api = "epoll_wait + recv";
  engine.platform = "linux";
  engine.summary = "each thread waits on an epoll set, level-triggered, and receives from what is ready";
  engine.protocols = {"tcp", "udp"};
  engine.settings = {threads_setting, buffer_setting, peek_setting, datagram_call_setting,
                     socket_buffer_setting};
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] { return Availability{}; };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<WorkerEngine>(
        "epoll", settings, [](const EngineSettings& s) { return std::make_unique<EpollWorker>(s); });
  };
  return engine;
}

}  // namespace recvbench
