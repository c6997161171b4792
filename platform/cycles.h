// CPU cycles of this process, where the system counts them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

namespace recvbench {

// Windows: QueryProcessCycleTime (not under Wine), which costs nothing. Linux: perf_event_open, where it is
// permitted (kernel.perf_event_paranoid <= 1, or the capability) and the machine has the counter, which most
// virtual ones have not; it costs a fraction of a microsecond a context switch, all engines alike. User and
// kernel mode, or nothing.
class CycleCounter {
 public:
  // Linux: counts this thread, those it starts from now on, and in turn all that they start; no child
  // process.
  CycleCounter();
  ~CycleCounter();
  CycleCounter(const CycleCounter&) = delete;
  CycleCounter& operator=(const CycleCounter&) = delete;

  // So far; two readings are subtracted. Empty where the system does not count, or did not all the time.
  std::optional<std::uint64_t> read() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recvbench
