#include "harness/validity/anderson_darling.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace recvbench {

// A^2 = -n - 1/n * sum over i = 1 .. n of (2i - 1) (ln F(x_i) + ln(1 - F(x_{n+1-i}))), x in order of size.
// For the exponential ln(1 - F(x)) = -x.
double anderson_darling_exponential(std::vector<double> values) {
  // F(0) = 0 has no logarithm; a clock that stands still would make the sum infinite.
  constexpr double least = 1e-12;
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double below = std::log(-std::expm1(-std::max(least, values[i])));
    sum += static_cast<double>(2 * i + 1) * (below - values[n - 1 - i]);
  }
  return -static_cast<double>(n) - sum / static_cast<double>(n);
}

}  // namespace recvbench
