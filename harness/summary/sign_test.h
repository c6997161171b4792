// Median, and the interval for it that needs no assumption about the distribution. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace recvbench {

struct MedianInterval {
  double median = 0;
  // The population's median lies within [low, high] with probability `coverage`, whatever the distribution.
  // Empty where there are too few samples for the coverage that was asked for (95 %: fewer than 6).
  struct Bounds {
    double low = 0;
    double high = 0;
    double coverage = 0;
  };
  std::optional<Bounds> bounds;
};

// `samples`: at least one, independent, in any order. least_coverage in (0, 1): the interval is the narrowest
// pair of order statistics (x[k], x[n - 1 - k]) that reaches it.
MedianInterval median_interval(std::vector<double> samples, double least_coverage = 0.95);

// The k of that pair, from 0; empty where even (x[0], x[n - 1]) covers less.
std::optional<std::size_t> sign_test_rank(std::size_t n, double least_coverage);

// The probability that (x[k], x[n - 1 - k]) covers the median; 2 k < n - 1.
double sign_test_coverage(std::size_t n, std::size_t k);

}  // namespace recvbench
