// What recvbench_overhead can be asked for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/run_options.h"

namespace recvbench {

struct OverheadOptions {
  std::vector<std::string> engines;  // empty = all bare models of this platform
  std::uint32_t pairs = 8;
  Scenario scenario{Workload::sink, 8, 64, std::nullopt, 1};
  RunOptions run;  // engine settings, CPUs, times, generator
  bool json = false;
  bool help = false;
};

extern const char* const overhead_help;

// Throws UsageError with one line: the option, its value, and what is allowed.
OverheadOptions parse_overhead_options(const std::vector<std::string>& arguments);

}  // namespace recvbench
