#include "harness/plan/cpu_sets.h"

#include <algorithm>
#include <cstddef>

namespace recvbench {

namespace {

std::string joined(const std::vector<int>& cpus) {
  std::string text;
  for (const int cpu : cpus) text += (text.empty() ? "" : ",") + std::to_string(cpu);
  return text;
}

}  // namespace

std::optional<CpuSets> disjoint_cpu_sets(std::vector<int> allowed, int load_threads) {
  constexpr std::size_t enough = 4;
  if (allowed.size() < enough) return std::nullopt;
  std::sort(allowed.begin(), allowed.end());
  const std::size_t generator = std::min(static_cast<std::size_t>(load_threads), allowed.size() / 2);
  const auto boundary = allowed.end() - static_cast<std::ptrdiff_t>(generator);
  return CpuSets{{allowed.begin(), boundary}, {boundary, allowed.end()}};
}

std::string options_of(const CpuSets& sets) {
  return "--cpus " + joined(sets.receiver) + " --load-cpus " + joined(sets.generator);
}

}  // namespace recvbench
