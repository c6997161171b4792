// Intervals for the percentiles of one run, for display: decisions use runs as samples, never messages.
//
// The textbook interval for a percentile (order statistics at n p +- z sqrt(n p (1 - p))) takes messages for
// independent samples. They are not: what holds up one holds up the next, and its nominal 95 % covered 6 % to
// 50 % of the true values in a simulated queue. Here the windows of one second are the samples.
#pragma once

#include <cstdint>
#include <optional>

#include "results/latency_recorder.h"
#include "results/run_record.h"

namespace recvbench {

// Fewer windows, or fewer messages beyond the percentile, say too little of their own spread.
inline constexpr std::uint64_t least_interval_windows = 20;
inline constexpr double least_beyond = 100;

// 95 % interval for a percentile of `whole`, the sum of `seconds`, of which the first `windows` are whole
// ones (one without messages counts as well). `share` in (0, 1): 0.99. Empty where there are too few of
// either.
//
// With k_w of the n_w messages of window w at most the percentile: d_w = (k_w - share n_w) / mean n,
// se = sqrt(sum of d_w^2 / (W (W - 1))), and the interval is that of the percentiles share -+ t se.
std::optional<PercentileInterval> tail_interval(const Histogram& whole, const IntervalHistograms& seconds,
                                                std::uint64_t windows, double share);

// Adds the intervals of p50, p99 and p99.9.
void add_intervals(LatencySummary& summary, const Histogram& whole, const IntervalHistograms& seconds,
                   std::uint64_t windows);

}  // namespace recvbench
