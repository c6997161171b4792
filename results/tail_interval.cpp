#include "results/tail_interval.h"

#include <algorithm>
#include <vector>

#include "results/student_t.h"
#include "results/window_share.h"

namespace recvbench {

std::optional<PercentileInterval> tail_interval(const Histogram& whole, const IntervalHistograms& seconds,
                                                std::uint64_t windows, double share) {
  constexpr double coverage = 0.95;
  const auto count = static_cast<double>(whole.count());
  // In doubles, 10000 * (1 - 0.99) is less than 100.
  if (windows < least_interval_windows || count * (1 - share) < least_beyond * (1 - 1e-9))
    return std::nullopt;
  const std::int64_t estimate_ns = whole.percentile_ns(100 * share);
  std::vector<WindowCount> counts(static_cast<std::size_t>(windows));
  for (auto at = seconds.begin(); at != seconds.end() && at->first < windows; ++at)
    counts[static_cast<std::size_t>(at->first)] = {static_cast<double>(at->second.count()),
                                                   static_cast<double>(at->second.count_up_to(estimate_ns))};
  if (std::all_of(counts.begin(), counts.end(), [](const WindowCount& one) { return one.total == 0; }))
    return std::nullopt;
  const double error =
      student_t_bound(coverage, static_cast<int>(windows) - 1) * standard_error_around(counts, share);
  const double low = std::max(share - error, 0.0);
  const double high = std::min(share + error, 1 - 1 / count);
  return PercentileInterval{whole.percentile_ns(100 * low),
                            std::max(whole.percentile_ns(100 * high), estimate_ns)};
}

void add_intervals(LatencySummary& summary, const Histogram& whole, const IntervalHistograms& seconds,
                   std::uint64_t windows) {
  summary.p50_ci_ns = tail_interval(whole, seconds, windows, 0.5);
  summary.p99_ci_ns = tail_interval(whole, seconds, windows, 0.99);
  summary.p999_ci_ns = tail_interval(whole, seconds, windows, 0.999);
}

}  // namespace recvbench
