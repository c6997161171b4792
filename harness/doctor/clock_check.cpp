#include "harness/doctor/clock_check.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include "platform/thread.h"

namespace recvbench {

namespace {

// The nearest-rank quantile; `times` not empty, reordered.
double quantile(std::vector<std::uint64_t>& times, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(times.size())));
  const auto place = times.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(times.begin(), place, times.end());
  return static_cast<double>(*place);
}

// What one CPU's thread saw.
struct Seen {
  bool pinned = false;
  std::uint64_t exchanges = 0;
  std::uint64_t backward_steps = 0;
  std::uint64_t largest_backward_ns = 0;
};

// Compares its readings with the last one that anybody left in `latest`, and leaves its own there. The
// reading comes after the load in program order and after what was loaded in time; both systems' clocks read
// the counter behind a fence.
void exchange_readings(std::atomic<std::uint64_t>& latest, const std::atomic<bool>& done, Clock clock,
                       Seen& seen) {
  std::uint64_t mine = 0;
  while (!done.load(std::memory_order_relaxed)) {
    const std::uint64_t others = latest.load(std::memory_order_acquire);
    const std::uint64_t now = clock();
    if (others != 0 && others != mine) {
      ++seen.exchanges;
      if (now < others) {
        ++seen.backward_steps;
        seen.largest_backward_ns = std::max(seen.largest_backward_ns, others - now);
      }
    }
    mine = now;
    latest.store(now, std::memory_order_release);
  }
}

}  // namespace

TimeSpread spread_of(std::vector<std::uint64_t> times_ns) {
  if (times_ns.empty()) return {};
  return {times_ns.size(), quantile(times_ns, 0.5), quantile(times_ns, 0.99)};
}

ClockCost measure_clock_cost(std::uint64_t calls, Clock clock) {
  // Filled first: the pages are there when the readings begin.
  std::vector<std::uint64_t> differences(calls, 0);
  ClockCost cost;
  std::uint64_t before = clock();
  for (std::uint64_t& difference : differences) {
    const std::uint64_t now = clock();
    if (now < before) {
      ++cost.backward_steps;
      cost.largest_backward_ns = std::max(cost.largest_backward_ns, before - now);
    } else {
      difference = now - before;
    }
    before = now;
  }
  cost.difference = spread_of(differences);
  std::uint64_t sum = 0;
  std::uint64_t count = 0;
  for (const std::uint64_t difference : differences) {
    if (static_cast<double>(difference) > cost.difference.p99_ns) continue;
    sum += difference;
    ++count;
  }
  if (count > 0) cost.mean_ns = static_cast<double>(sum) / static_cast<double>(count);
  return cost;
}

ClockExchange measure_clock_exchange(const std::vector<int>& cpus, std::chrono::milliseconds duration,
                                     Clock clock) {
  ClockExchange result;
  if (cpus.size() < 2) return result;
  std::atomic<std::uint64_t> latest{0};
  std::atomic<bool> done{false};
  std::vector<Seen> seen(cpus.size());
  {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < cpus.size(); ++i)
      threads.emplace_back([&, i] {
        Seen mine;  // on a stack of its own: neighbours in `seen` share cache lines
        mine.pinned = !pin_current_thread(cpus[i]);
        if (mine.pinned) exchange_readings(latest, done, clock, mine);
        seen[i] = mine;
      });
    std::this_thread::sleep_for(duration);
    done = true;
    for (std::thread& thread : threads) thread.join();
  }
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    if (!seen[i].pinned) continue;
    result.cpus.push_back(cpus[i]);
    result.exchanges += seen[i].exchanges;
    result.backward_steps += seen[i].backward_steps;
    result.largest_backward_ns = std::max(result.largest_backward_ns, seen[i].largest_backward_ns);
  }
  return result;
}

}  // namespace recvbench
