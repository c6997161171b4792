#include "harness/doctor/measurement_findings.h"

#include <algorithm>

#include "harness/plan/scenario.h"
#include "harness/plan/units.h"

namespace recvbench {

namespace {

std::string counted(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

Finding backward_steps(const ClockCheck& clock) {
  const std::uint64_t steps = clock.backward_steps();
  const std::string compared = counted(clock.cost.difference.count, "reading") + " of one thread, " +
                               counted(clock.exchange.exchanges, "exchange") + " between " +
                               counted(clock.exchange.cpus.size(), "CPU");
  if (steps > 0)
    return {"clock-backward", Severity::problem,
            counted(steps, "step") + " backward, the largest " +
                readable_ns(static_cast<double>(
                    std::max(clock.cost.largest_backward_ns, clock.exchange.largest_backward_ns))) +
                ", in " + compared,
            "the clock goes backward: no latency measured here can be trusted",
            "use another clock source (Linux: /sys/devices/system/clocksource; Windows: bcdedit "
            "/deletevalue useplatformclock) or another machine"};
  if (clock.exchange.exchanges == 0)
    return {"clock-backward", Severity::note, "0 steps backward in " + compared,
            "readings of different CPUs could not be compared here", ""};
  return {"clock-backward", Severity::ok, "0 steps backward in " + compared, "all CPUs share one time line",
          ""};
}

Finding resolution(const ClockCheck& clock) {
  const std::string shown = readable_ns(clock.resolution_ns);
  if (clock.resolution_ns <= 1'000)
    return {"clock-resolution", Severity::ok, shown, "fine enough for latencies of microseconds", ""};
  return {
      "clock-resolution", Severity::warning, shown,
      "latencies come in steps of this: percentiles near it say little",
      "use a clock source of finer resolution (Linux: tsc; Windows: the default QueryPerformanceCounter)"};
}

Finding cost(const ClockCheck& clock) {
  const std::string shown = readable_ns(clock.cost.mean_ns) + " a reading";
  constexpr double usual_ns = 500;  // a counter read in user space takes 20 to 120 ns
  if (clock.cost.mean_ns <= usual_ns)
    return {"clock-cost", Severity::ok, shown, "small against a receive; in every figure, never subtracted",
            ""};
  return {"clock-cost", Severity::warning, shown,
          "a reading is a system call here, and there is one in every receive",
          "use the processor's own counter as clock source (Linux: clocksource tsc)"};
}

}  // namespace

std::vector<Finding> judge(const ClockCheck& clock) {
  return {backward_steps(clock), resolution(clock), cost(clock)};
}

std::vector<Finding> judge(const TimerCheck& timers) {
  const auto longest =
      std::max_element(timers.sleeps.begin(), timers.sleeps.end(),
                       [](const WaitSpread& a, const WaitSpread& b) { return a.asked_ns < b.asked_ns; });
  if (longest == timers.sleeps.end()) return {};
  const auto asked = static_cast<double>(longest->asked_ns);
  const std::string shown =
      "a sleep of " + readable_ns(asked) + " takes " + readable_ns(longest->took.p50_ns);
  if (longest->took.p50_ns < asked)
    return {{"timers", Severity::note, shown,
             "sleeps end early here; the generator looks at the clock and is not misled", ""}};
  if (longest->took.p50_ns <= 2 * asked)
    return {{"timers", Severity::ok, shown, "short waits are waited and not spun", ""}};
  return {{
      "timers",
      Severity::note,
      shown,
      "timers are coarse: the generator spins before each due time, which takes CPU time from others",
      "",
  }};
}

std::vector<Finding> judge(const LoopbackFloor& floor, std::optional<double> reading_ns) {
  const TimeSpread& least = floor.one_cpu ? *floor.one_cpu : floor.unpinned;
  const std::string shown = "p50 " + readable_ns(least.p50_ns) +
                            (floor.one_cpu ? " on one CPU, " : ", not pinned, ") +
                            readable_ns(floor.unpinned.p50_ns) + " unpinned";
  std::vector<Finding> findings{{"loopback", Severity::ok, shown,
                                 "no engine's round trip can be shorter than a bare blocking echo's", ""}};
  if (!reading_ns) return findings;
  const std::string share = readable_share(*reading_ns / least.p50_ns) + " of a round trip";
  if (*reading_ns <= least.p50_ns / 100)
    findings.push_back(
        {"clock-share", Severity::ok, share, "a reading of the clock is lost in a round trip", ""});
  else
    findings.push_back({"clock-share", Severity::warning, share,
                        "a reading of the clock is more than a hundredth of a bare round trip",
                        "use the processor's own counter as clock source (Linux: clocksource tsc)"});
  return findings;
}

std::vector<Finding> judge(const NoiseCheck& noise) {
  std::vector<Finding> findings;
  for (const MetricNoise& metric : noise.metrics) {
    const std::string code = "noise-" + metric.name;
    if (metric.pairs < least_noise_pairs) {
      std::string measured =
          std::to_string(metric.pairs) + " of " + counted(noise.plan.pairs, "pair") + " usable";
      if (!noise.first_reason.empty()) measured += " (" + noise.first_reason + ")";
      findings.push_back({code, Severity::note, measured, "too few to tell this machine's noise",
                          metric.name == "cpu" ? "longer runs (--duration): the system's CPU clock is coarse"
                                               : "end what else runs; more pairs (--pairs)"});
      continue;
    }
    const std::string measured =
        "changes from " + readable_share(metric.detectable_32) + " on show in 32 pairs";
    if (metric.noise_floor <= metric.min_effect)
      findings.push_back({code, Severity::ok, measured, "noise is below what a gate looks for", ""});
    else if (!metric.gate_refuses())
      findings.push_back({code, Severity::note, measured,
                          "noise hides part of the changes that a gate looks for",
                          "more pairs (--pairs), longer runs (--duration), a quieter machine"});
    else
      findings.push_back({code, Severity::warning, measured,
                          "noise is more than three times what a gate looks for: it would refuse to compare",
                          "end what else runs, pin, or use another machine; then more pairs (--pairs)"});
  }
  return findings;
}

std::vector<Finding> judge(const std::vector<GeneratorCeiling>& ceilings, bool under_wine) {
  std::vector<Finding> findings;
  for (const GeneratorCeiling& ceiling : ceilings) {
    const CeilingConditions& at = ceiling.at;
    std::string code = std::string("ceiling-") + to_string(at.protocol) + "-" +
                       std::to_string(at.size_bytes) + "b-c" + std::to_string(at.connections);
    if (at.messages_per_send > 1) code += "-x" + std::to_string(at.messages_per_send);
    const std::string measured = readable_count(ceiling.messages_per_s) + " messages/s with " +
                                 counted(static_cast<std::uint64_t>(at.load_threads), "load thread");
    if (ceiling.messages_per_s <= 0)
      findings.push_back({code, Severity::warning, measured, "the generator sent nothing in the window",
                          "a longer window (--duration), or a quieter machine"});
    else if (under_wine)
      findings.push_back(
          {code, Severity::note, measured,
           "as far as Wine's receives drain it: the generator itself may do more",
           "calibrate with the native program (scripts/recvbench --native doctor --calibrate)"});
    else
      findings.push_back({code, Severity::ok, measured,
                          "a rate of four fifths of it or more is the generator's limit, not an engine's",
                          ""});
  }
  return findings;
}

}  // namespace recvbench
