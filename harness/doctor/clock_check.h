// Whether the clock of every timestamp can be trusted: what a reading costs, and whether it ever goes back.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/clock.h"

namespace recvbench {

// Two order statistics of a set of times in ns.
struct TimeSpread {
  std::uint64_t count = 0;
  double p50_ns = 0;
  double p99_ns = 0;
};
// Nearest rank. Empty in, zeros out.
TimeSpread spread_of(std::vector<std::uint64_t> times_ns);

using Clock = std::uint64_t (*)() noexcept;

// Differences of readings back to back.
struct ClockCost {
  TimeSpread difference;  // comes in steps of the clock's resolution
  // Of all but the largest hundredth, which is time in which the thread did not run: without such steps.
  double mean_ns = 0;
  std::uint64_t backward_steps = 0;  // a reading below the one before, on one thread
  std::uint64_t largest_backward_ns = 0;
};
ClockCost measure_clock_cost(std::uint64_t calls, Clock clock = now_ns);

// Threads, one pinned to each CPU, that leave their readings for each other: a reading that is below one that
// another thread had left before is a step backward. Steps shorter than the way from one CPU's cache to the
// other's (some 100 ns) do not show.
struct ClockExchange {
  std::vector<int> cpus;        // that took part
  std::uint64_t exchanges = 0;  // readings compared with another CPU's
  std::uint64_t backward_steps = 0;
  std::uint64_t largest_backward_ns = 0;
};
// With one CPU nothing is exchanged. A CPU that a thread cannot be pinned to is left out.
ClockExchange measure_clock_exchange(const std::vector<int>& cpus, std::chrono::milliseconds duration,
                                     Clock clock = now_ns);

struct ClockCheck {
  std::string name;
  double resolution_ns = 0;
  ClockCost cost;
  ClockExchange exchange;
  std::uint64_t backward_steps() const { return cost.backward_steps + exchange.backward_steps; }
};

}  // namespace recvbench
