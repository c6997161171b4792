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
  std::vector<std::uint32_t> sizes = {64};  // bytes of a message; what a datagram holds at most
  std::uint64_t warmup_ns = 100'000'000;
  std::uint64_t duration_ns = 1'000'000'000;
  std::filesystem::path generator;
};

// What is measured, in order: of each size, over one connection and over eight (or, with more load threads,
// over as many as there are), TCP a message a segment, TCP packed to 64 KiB a send, UDP. Pure.
std::vector<CeilingConditions> ceiling_cases(const CeilingPlan& plan);

// These as fast as possible. The receiver is threads of this process, one a generator thread, that take what
// comes and look at nothing: on a machine of few CPUs they take time from the generator as an engine does.
// Ends early, with what is done, where `interrupted`, asked before each run. Throws ControlError and
// std::system_error.
std::vector<GeneratorCeiling> measure_ceilings(const CeilingPlan& plan,
                                               const std::function<bool()>& interrupted);

std::uint64_t expected_ns(const CeilingPlan& plan);

}  // namespace recvbench
