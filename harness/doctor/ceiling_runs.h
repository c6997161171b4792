// The runs behind the generator's ceilings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "harness/doctor/generator_ceiling.h"

namespace recvbench {

struct CeilingPlan {
  int load_threads = 1;
  std::uint64_t warmup_ns = 100'000'000;
  std::uint64_t duration_ns = 1'000'000'000;
  std::filesystem::path generator;
};

// 64-byte messages as fast as possible, a connection a generator thread: TCP a message a segment, TCP packed
// 1,024 to a send, UDP. The receiver is threads of this process that take what comes and look at nothing: on
// a machine of few CPUs they take time from the generator as an engine does. Ends early, with what is done,
// where `interrupted`, asked before each run. Throws ControlError and std::system_error.
std::vector<GeneratorCeiling> measure_ceilings(const CeilingPlan& plan,
                                               const std::function<bool()>& interrupted);

std::uint64_t expected_ns(const CeilingPlan& plan);

}  // namespace recvbench
