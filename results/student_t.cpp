#include "results/student_t.h"

#include <cmath>
#include <numbers>

namespace recvbench {

// Abramowitz and Stegun 26.7.3 and 26.7.4: a finite series for whole degrees of freedom.
double student_t_within(double t, int degrees) {
  const double angle = std::atan(t / std::sqrt(static_cast<double>(degrees)));
  const double cosine = std::cos(angle);
  const double cosine_2 = cosine * cosine;
  const bool odd = degrees % 2 == 1;
  double term = odd ? cosine : 1;
  double sum = degrees == 1 ? 0 : term;
  for (int k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= cosine_2 * (k - 1) / k;
    sum += term;
  }
  const double series = std::sin(angle) * sum;
  return odd ? 2 / std::numbers::pi * (angle + series) : series;
}

double student_t_bound(double probability, int degrees) {
  double low = 0;
  double high = 1;
  while (student_t_within(high, degrees) < probability && high < 1e15) high *= 2;
  for (int step = 0; step < 100 && high - low > 1e-12 * high; ++step) {
    const double middle = low + (high - low) / 2;
    (student_t_within(middle, degrees) < probability ? low : high) = middle;
  }
  return high;
}

}  // namespace recvbench
