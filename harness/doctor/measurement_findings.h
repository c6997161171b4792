// What doctor's measurements of this machine mean. Pure: figures in, findings out.
#pragma once

#include <optional>
#include <vector>

#include "harness/doctor/clock_check.h"
#include "harness/doctor/finding.h"
#include "harness/doctor/generator_ceiling.h"
#include "harness/doctor/loopback_floor.h"
#include "harness/doctor/noise_runs.h"
#include "harness/doctor/timer_check.h"

namespace recvbench {

// Backward steps, resolution, cost of a reading.
std::vector<Finding> judge(const ClockCheck& clock);
std::vector<Finding> judge(const TimerCheck& timers);
// `reading_ns`: what a reading of the clock takes; there is one in every receive.
std::vector<Finding> judge(const LoopbackFloor& floor, std::optional<double> reading_ns);
// A finding for each metric.
std::vector<Finding> judge(const NoiseCheck& noise);
// Nothing to be wrong with a ceiling, but for one that Wine's receives set.
std::vector<Finding> judge(const std::vector<GeneratorCeiling>& ceilings, bool under_wine);

}  // namespace recvbench
