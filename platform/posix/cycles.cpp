// CPU cycles by perf_event_open.
#include "platform/cycles.h"

#ifdef __linux__
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#endif

namespace recvbench {

#ifdef __linux__
struct CycleCounter::State {
  int event;  // -1 = not permitted, or no such counter
};

CycleCounter::CycleCounter() : state_(std::make_unique<State>()) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.size = sizeof attributes;
  attributes.config = PERF_COUNT_HW_CPU_CYCLES;
  attributes.inherit = 1;
  attributes.inherit_thread = 1;  // the load generator is a child process and no part of it
  attributes.exclude_hv = 1;
  attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  state_->event =
      static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

CycleCounter::~CycleCounter() {
  if (state_->event >= 0) close(state_->event);
}

std::optional<std::uint64_t> CycleCounter::read() const {
  std::array<std::uint64_t, 3> values{};  // cycles, time enabled, time running
  if (state_->event < 0 || ::read(state_->event, values.data(), sizeof values) != sizeof values)
    return std::nullopt;
  // Where others took turns with the counter, what it missed would be guessed.
  return values[1] == values[2] ? std::optional(values[0]) : std::nullopt;
}
#else
struct CycleCounter::State {};
CycleCounter::CycleCounter() = default;
CycleCounter::~CycleCounter() = default;

std::optional<std::uint64_t> CycleCounter::read() const {
  return std::nullopt;
}
#endif

}  // namespace recvbench
