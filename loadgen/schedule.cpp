// Counting messages of a constant schedule.
#include "loadgen/schedule.h"

namespace recvbench {

std::uint64_t ConstantSchedule::count_before(std::uint64_t ns) const noexcept {
  if (ns <= t0_ns_) return 0;
  // The estimate can be one off either way, since time_ns() rounds down to whole nanoseconds.
  auto count = static_cast<std::uint64_t>(static_cast<double>(ns - t0_ns_) * rate_per_s_ / 1e9);
  while (count > 0 && time_ns(count - 1) >= ns) --count;
  while (time_ns(count) < ns) ++count;
  return count;
}

}  // namespace recvbench
