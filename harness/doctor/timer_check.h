// What a short wait really takes here: of a sleep, and of the generator's poller.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "harness/doctor/clock_check.h"

namespace recvbench {

struct WaitSpread {
  std::uint64_t asked_ns = 0;
  TimeSpread took;
};

struct TimerCheck {
  std::vector<WaitSpread> sleeps;              // std::this_thread::sleep_for
  std::vector<WaitSpread> poller_waits;        // ReadinessPoller::wait with one socket to which nothing comes
  std::uint64_t poller_shortest_sleep_ns = 0;  // ReadinessPoller::shortest_sleep_ns
};

// Each wait 100 times, but for no longer than `limit` and at least 5 times. Throws std::system_error where
// there are no sockets.
TimerCheck check_timers(std::chrono::milliseconds limit);

}  // namespace recvbench
