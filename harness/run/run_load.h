// From what a run is to be to what its generator is told. Pure.
#pragma once

#include <cstdint>

#include "harness/plan/run_options.h"
#include "harness/plan/scenario.h"
#include "loadgen/load_plan.h"

namespace recvbench {

// Every engine meets the same arrivals and lengths in a round, and others in the next.
std::uint64_t load_seed(std::uint64_t seed, std::uint32_t round);

// `port`: the receiver's.
LoadPlan load_plan(const Scenario& scenario, std::uint32_t round, const RunOptions& options,
                   std::uint64_t run_id, std::uint16_t port);

}  // namespace recvbench
