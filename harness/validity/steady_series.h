// Whether a series of figures of one run is one steady state: where it settles, whether it drifts, whether
// its halves differ. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "results/run_record.h"
#include "results/window_sums.h"

namespace recvbench {

// Fewer batches than these say nothing: MSER may cut off at most half of them and must leave three.
inline constexpr std::size_t least_batches = 6;
inline constexpr std::size_t windows_per_batch = 5;

// The mean of every five windows: of their latencies, and of their counts. Windows behind the last whole
// batch are left out. latency_batches is empty where a batch has no message.
std::vector<double> latency_batches(std::span<const WindowSum> windows);
std::vector<double> count_batches(std::span<const WindowSum> windows);

// MSER: how many batches to cut off at the begin so that the mean of the rest has the least marginal standard
// error: argmin over 0 <= d <= m / 2 of sum of squares around the mean of the m - d that are left / (m -
// d)^2. At least least_batches.
std::size_t mser_truncation(std::span<const double> batches);

// At least least_batches, of a mean above 0. `probability` of the noise: how sure one must be that a change
// is none of the series' own scatter (Student's t over the batches).
Drift trend_of(std::span<const double> batches, double probability);   // least-squares slope x length
Drift halves_of(std::span<const double> batches, double probability);  // second half - first half

}  // namespace recvbench
