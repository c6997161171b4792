#include "platform/machine_state.h"

#include <algorithm>
#include <thread>

namespace recvbench {

std::optional<double> busy_share(const CpuTimes& before, const CpuTimes& after) noexcept {
  if (after.all <= before.all) return std::nullopt;
  const auto all = static_cast<double>(after.all - before.all);
  // Linux' idle time is an estimate that may go back a little.
  const auto idle = after.idle > before.idle ? static_cast<double>(after.idle - before.idle) : 0.0;
  return std::max(0.0, 1 - idle / all);
}

std::optional<double> cpu_busy_share(std::chrono::milliseconds period) {
  const auto before = cpu_times();
  std::this_thread::sleep_for(period);
  const auto after = cpu_times();
  return before && after ? busy_share(*before, *after) : std::nullopt;
}

}  // namespace recvbench
