// Which CPUs the receiver's threads and the generator's would each keep to, so that neither takes the other's
// time. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace recvbench {

struct CpuSets {
  std::vector<int> receiver;
  std::vector<int> generator;

  bool operator==(const CpuSets&) const = default;
};

// Disjoint sets of the CPUs that this process may run on: one a generator thread, but at most half of them,
// from the end; the rest for the receiver. Empty where there are fewer than 4: with one or two CPUs a side
// the rest of the system, which has to run somewhere, disturbs more than sharing does.
std::optional<CpuSets> disjoint_cpu_sets(std::vector<int> allowed, int load_threads);

// The options that ask for them: "--cpus 0,1,2 --load-cpus 3".
std::string options_of(const CpuSets& sets);

}  // namespace recvbench
