// select: readiness of the sockets in a bit set, asked anew at every call.
//
//   copy the set; select(highest + 1, &set, ...) -> for each connection whose bit is still set: recv
//
// The oldest of the readiness calls and the most portable. Like poll it costs by the connections held; on top
// of that the set is overwritten by the answer and must be copied, and the kernel scans it up to the highest
// descriptor number.
//
// Limits: a bit set of FD_SETSIZE = 1024 bits, fixed by glibc; a descriptor of that number or above would be
// written past its end (select(2)), and is refused. The limit is on descriptor *numbers*, which the whole
// process shares: more threads divide the work, they do not raise it. 24 numbers are left for what else the
// process has open, so 1,000 connections are the limit that is stated, dealt out evenly over the threads;
// where more than 24 are taken, the refusal comes earlier, and says so.
#include <sys/select.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "engines/posix/engines.h"
#include "engines/readiness_worker.h"

namespace recvbench {
namespace {

constexpr int reserved_descriptors = 24;

std::size_t connections_per_thread(const EngineSettings& settings) {
  return static_cast<std::size_t>((FD_SETSIZE - reserved_descriptors) / std::max(1, settings.threads));
}

class SelectWorker final : public ReadinessWorker {
 public:
  explicit SelectWorker(const EngineSettings& settings)
      : ReadinessWorker(settings, connections_per_thread(settings)) {
    if (waker_.native() >= FD_SETSIZE) refuse(waker_.native());
  }

  void admit(Connection& connection) override {
    if (connection.native() >= FD_SETSIZE) refuse(connection.native());
    ReadinessWorker::admit(connection);
  }

  void run(ReceiveSink& sink) override {
    FD_ZERO(&watched_);
    watch(waker_.native());
    for (;;) {
      fd_set readable = watched_;
      counters_.wait_call();
      int ready = ::select(highest_ + 1, &readable, nullptr, nullptr, nullptr);
      if (ready < 0) {
        if (errno == EINTR) continue;
        throw_error(last_system_error(), "select", "descriptors up to " + std::to_string(highest_));
      }
      const bool woken = FD_ISSET(waker_.native(), &readable) != 0;
      if (woken) --ready;
      const auto before = counters_.completions();
      // From the back: a connection that ends gives its place to the last one, which has been looked at
      // already.
      for (std::size_t i = connections_.size(); ready > 0 && i-- > 0;) {
        if (!FD_ISSET(connections_[i]->native(), &readable)) continue;
        --ready;
        if (const auto end = receive(*connections_[i], sink)) remove(i, sink, *end);
      }
      counters_.wakeup(counters_.completions() - before);
      if (woken && !take_new()) return;
    }
  }

 private:
  [[noreturn]] static void refuse(int descriptor) {
    throw_error(std::make_error_code(std::errc::too_many_files_open), "select",
                "descriptor " + std::to_string(descriptor) + ", FD_SETSIZE " + std::to_string(FD_SETSIZE));
  }

  void watch(int descriptor) {
    FD_SET(descriptor, &watched_);
    highest_ = std::max(highest_, descriptor);
  }

  // False = stop.
  bool take_new() {
    waker_.clear();
    const std::size_t first_new = connections_.size();
    if (!inbox().take(connections_)) return false;
    for (std::size_t i = first_new; i < connections_.size(); ++i) watch(connections_[i]->native());
    return true;
  }

  // highest_ stays: a bit that is not set costs the kernel next to nothing, finding the next highest a walk.
  void remove(std::size_t index, ReceiveSink& sink, std::error_code error) {
    auto ended = std::exchange(connections_[index], std::move(connections_.back()));
    connections_.pop_back();
    FD_CLR(ended->native(), &watched_);
    finish(std::move(ended), sink, error);
  }

  fd_set watched_;
  int highest_ = -1;
};

}  // namespace

EngineDescriptor select_engine() {
  EngineDescriptor engine;
  engine.name = "select";
  engine.api = "select + recv";
  engine.platform = "linux";
  engine.summary = "each thread selects all of its sockets for readiness, then receives";
  engine.protocols = {"tcp", "udp"};
  engine.limits = {
      {"descriptor number", FD_SETSIZE - 1, "FD_SETSIZE in sys/select.h, select(2)"},
      {"connections", FD_SETSIZE - reserved_descriptors, "FD_SETSIZE less the process's other descriptors"}};
  engine.settings = {threads_setting, buffer_setting, peek_setting, datagram_call_setting,
                     socket_buffer_setting};
  engine.max_connections = [](const EngineSettings& settings) {
    return std::optional<std::uint64_t>(connections_per_thread(settings) *
                                        static_cast<std::uint64_t>(std::max(1, settings.threads)));
  };
  engine.probe = [] { return Availability{}; };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<WorkerEngine>(
        "select", settings, [](const EngineSettings& s) { return std::make_unique<SelectWorker>(s); });
  };
  return engine;
}

}  // namespace recvbench
