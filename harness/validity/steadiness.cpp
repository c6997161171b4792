#include "harness/validity/steadiness.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>
#include <vector>

#include "harness/validity/steady_series.h"
#include "harness/plan/units.h"
#include "results/student_t.h"
#include "results/window_share.h"

namespace recvbench {

namespace {

constexpr double sure = 0.998;
constexpr std::uint64_t second_ns = 1'000'000'000;
constexpr std::uint64_t batch_ns = windows_per_batch * WindowSums::window_ns;
constexpr std::uint64_t least_windows = least_batches * windows_per_batch;
constexpr std::uint64_t least_seconds_a_half = 3;
constexpr std::int64_t least_messages_a_half = 1'000;  // ten beyond the p99

// Exactly `count` windows: those without a value are empty.
WindowSeries cut_to(WindowSeries series, std::size_t count) {
  series.resize(count);
  return series;
}

std::optional<SeriesSteadiness> assess(const std::vector<double>& batches) {
  const bool has_mean = std::any_of(batches.begin(), batches.end(), [](double mean) { return mean > 0; });
  if (batches.size() < least_batches || !has_mean) return std::nullopt;
  return SeriesSteadiness{mser_truncation(batches) * batch_ns, halves_of(batches, sure),
                          trend_of(batches, sure)};
}

Histogram sum_of(const IntervalHistograms& seconds, std::uint64_t begin, std::uint64_t end) {
  Histogram sum;
  for (auto at = seconds.lower_bound(begin); at != seconds.end() && at->first < end; ++at)
    sum.add(at->second);
  return sum;
}

WindowShare share_at_most(const IntervalHistograms& seconds, std::uint64_t begin, std::uint64_t end,
                          std::int64_t value_ns) {
  std::vector<WindowCount> windows;
  for (std::uint64_t second = begin; second < end; ++second) {
    const auto found = seconds.find(second);
    if (found == seconds.end()) {
      windows.push_back({});
    } else {
      windows.push_back({static_cast<double>(found->second.count()),
                         static_cast<double>(found->second.count_up_to(value_ns))});
    }
  }
  return recvbench::share_at_most(windows);
}

std::optional<HalvesP99> assess_p99(const IntervalHistograms& response, std::uint64_t duration_ns) {
  const std::uint64_t seconds = duration_ns / second_ns;
  const std::uint64_t half = seconds / 2;  // of an odd number, the one in the middle belongs to neither
  if (half < least_seconds_a_half) return std::nullopt;
  const Histogram first = sum_of(response, 0, half);
  const Histogram second = sum_of(response, seconds - half, seconds);
  if (std::min(first.count(), second.count()) < least_messages_a_half) return std::nullopt;
  // Percentiles have no simple error, shares have: of both halves, those beyond the p99 of both together.
  Histogram both = first;
  both.add(second);
  const std::int64_t p99_ns = both.percentile_ns(99);
  const WindowShare before = share_at_most(response, 0, half, p99_ns);
  const WindowShare after = share_at_most(response, seconds - half, seconds, p99_ns);
  const double noise = student_t_bound(sure, 2 * static_cast<int>(half) - 2) *
                       std::hypot(before.standard_error, after.standard_error);
  return HalvesP99{first.percentile_ns(99), second.percentile_ns(99),
                   std::abs(before.share - after.share) > noise};
}

bool matters(const Drift& drift) {
  return std::abs(drift.share) > most_drift_share && std::abs(drift.share) > drift.noise_share;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%+.0f %%", 100 * share);
  return text;
}

// "+23 %, allowed 5 %, its noise 4 %"
std::string text_of(const Drift& drift) {
  char text[64];
  std::snprintf(text, sizeof text, ", allowed %.0f %%, its noise %.0f %%", 100 * most_drift_share,
                100 * drift.noise_share);
  return percent(drift.share) + text;
}

void find_in(const char* what, const SeriesSteadiness& series, std::uint64_t windows,
             std::vector<std::string>& findings) {
  const std::uint64_t cap_ns = windows / windows_per_batch / 2 * batch_ns;
  if (series.settled_ns >= cap_ns && matters(series.halves))
    findings.push_back(std::string(what) + " does not settle in the first half (MSER-5): second half " +
                       text_of(series.halves));
  if (matters(series.trend))
    findings.push_back(std::string(what) + " drifts by " + text_of(series.trend) + " (trend)");
}

}  // namespace

bool should_be_steady(const ScenarioRecord& scenario) {
  if (scenario.mode != "open") return true;
  // A load that changes by intent is no steady one.
  return !scenario.arrival || scenario.arrival == "constant" || scenario.arrival == "poisson" ||
         scenario.arrival->starts_with("burst");
}

SteadinessRecord assess_steadiness(const WindowSeries& latency, const WindowSeries& received,
                                   const IntervalHistograms& response, std::uint64_t duration_ns) {
  SteadinessRecord record;
  record.windows = duration_ns / WindowSums::window_ns;
  const auto windows = static_cast<std::size_t>(record.windows);
  record.latency = assess(latency_batches(cut_to(latency, windows)));
  record.throughput = assess(count_batches(cut_to(received, windows)));
  record.p99 = assess_p99(response, duration_ns);
  return record;
}

std::vector<std::string> unsteady_findings(const SteadinessRecord& steadiness) {
  std::vector<std::string> findings;
  if (steadiness.latency) find_in("mean latency", *steadiness.latency, steadiness.windows, findings);
  if (steadiness.throughput) find_in("throughput", *steadiness.throughput, steadiness.windows, findings);
  if (const auto& p99 = steadiness.p99) {
    const auto first = static_cast<double>(p99->first_ns);
    const auto second = static_cast<double>(p99->second_ns);
    if (p99->distinct && std::abs(std::log(first / second)) > std::log(1 + most_p99_share) &&
        std::abs(p99->first_ns - p99->second_ns) > most_p99_ns)
      findings.push_back("p99 of the first half " + readable_ns(first) + ", of the second " +
                         readable_ns(second) + ", allowed " + percent(most_p99_share).substr(1) + " and " +
                         readable_ns(static_cast<double>(most_p99_ns)) + " (split halves)");
  }
  return findings;
}

std::string why_unknown(const SteadinessRecord& steadiness) {
  if (steadiness.windows < least_windows)
    return std::to_string(steadiness.windows) + " windows of 250 ms, " + std::to_string(least_windows) +
           " are needed";
  std::string missing;
  const auto add = [&](bool known, const char* what) {
    if (!known) missing += (missing.empty() ? "too few messages for " : ", ") + std::string(what);
  };
  add(steadiness.latency.has_value(), "mean latency by 1.25 s");
  add(steadiness.throughput.has_value(), "throughput");
  add(steadiness.p99.has_value(), "the p99 of each half");
  return missing;
}

}  // namespace recvbench
