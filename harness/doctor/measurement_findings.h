// What doctor's measurements of this machine mean. Pure: figures in, findings out.
#pragma once

#include <vector>

#include "harness/doctor/clock_check.h"
#include "harness/doctor/finding.h"
#include "harness/doctor/timer_check.h"

namespace recvbench {

// Backward steps, resolution, cost of a reading.
std::vector<Finding> judge(const ClockCheck& clock);
std::vector<Finding> judge(const TimerCheck& timers);

}  // namespace recvbench
