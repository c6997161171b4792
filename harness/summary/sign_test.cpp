#include "harness/summary/sign_test.h"

#include <algorithm>
#include <cmath>

namespace recvbench {

double sign_test_coverage(std::size_t n, std::size_t k) {
  // The interval misses the median where at most k samples lie below it or at most k above it: two tails of
  // the binomial distribution (n, 1/2). By logarithms, since 2^-n underflows from n = 1075 on.
  const auto log_factorial = [](std::size_t m) { return std::lgamma(static_cast<double>(m) + 1); };
  double tail = 0;
  for (std::size_t i = 0; i <= k; ++i)
    tail += std::exp(log_factorial(n) - log_factorial(i) - log_factorial(n - i) -
                     static_cast<double>(n) * std::log(2.0));
  return 1 - 2 * tail;
}

std::optional<std::size_t> sign_test_rank(std::size_t n, double least_coverage) {
  std::optional<std::size_t> rank;
  for (std::size_t k = 0; 2 * k + 1 < n && sign_test_coverage(n, k) >= least_coverage; ++k) rank = k;
  return rank;
}

MedianInterval median_interval(std::vector<double> samples, double least_coverage) {
  std::sort(samples.begin(), samples.end());
  const std::size_t n = samples.size();
  MedianInterval result;
  result.median = (samples[(n - 1) / 2] + samples[n / 2]) / 2;
  if (const auto k = sign_test_rank(n, least_coverage))
    result.bounds = {samples[*k], samples[n - 1 - *k], sign_test_coverage(n, *k)};
  return result;
}

}  // namespace recvbench
