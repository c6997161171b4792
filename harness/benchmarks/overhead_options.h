// What recvbench_overhead can be asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan/run_options.h"

namespace recvbench {

struct OverheadOptions {
  std::vector<std::string> engines;  // empty = all bare models of this platform
  std::uint32_t pairs = 8;
  Scenario scenario{Workload::sink, 8, 64, std::nullopt, 1};
  RunOptions run;  // engine settings, CPUs, times, generator
  bool json = false;
};

// Empty where only help was asked for, and printed. Throws UsageError with one line.
std::optional<OverheadOptions> parse_overhead_options(int argc, char** argv);

}  // namespace recvbench
