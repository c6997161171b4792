#include "harness/validity/steady_series.h"

#include <cmath>
#include <numeric>

#include "results/student_t.h"

namespace recvbench {

namespace {

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double squares_of(std::span<const double> values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum;
}

}  // namespace

std::vector<double> latency_batches(std::span<const WindowSum> windows) {
  std::vector<double> batches;
  for (; windows.size() >= windows_per_batch; windows = windows.subspan(windows_per_batch)) {
    double sum = 0;
    double count = 0;
    for (const WindowSum& window : windows.first(windows_per_batch)) {
      sum += static_cast<double>(window.sum);
      count += static_cast<double>(window.count);
    }
    if (count == 0) return {};
    batches.push_back(sum / count);
  }
  return batches;
}

std::vector<double> count_batches(std::span<const WindowSum> windows) {
  std::vector<double> batches;
  for (; windows.size() >= windows_per_batch; windows = windows.subspan(windows_per_batch)) {
    double count = 0;
    for (const WindowSum& window : windows.first(windows_per_batch))
      count += static_cast<double>(window.count);
    batches.push_back(count / static_cast<double>(windows_per_batch));
  }
  return batches;
}

std::size_t mser_truncation(std::span<const double> batches) {
  std::size_t best = 0;
  double least = 0;
  for (std::size_t cut = 0; cut <= batches.size() / 2 && batches.size() - cut >= 3; ++cut) {
    const auto left = static_cast<double>(batches.size() - cut);
    const double error = squares_of(batches.subspan(cut)) / (left * left);
    if (cut > 0 && error >= least) continue;
    best = cut;
    least = error;
  }
  return best;
}

Drift trend_of(std::span<const double> batches, double probability) {
  const auto count = static_cast<double>(batches.size());
  const double mean = mean_of(batches);
  const double middle = (count - 1) / 2;
  double place_squares = 0;
  double products = 0;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const double place = static_cast<double>(i) - middle;
    place_squares += place * place;
    products += place * batches[i];
  }
  const double slope = products / place_squares;
  double residual_squares = 0;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const double residual = batches[i] - mean - slope * (static_cast<double>(i) - middle);
    residual_squares += residual * residual;
  }
  const double slope_error = std::sqrt(residual_squares / (count - 2) / place_squares);
  const double bound = student_t_bound(probability, static_cast<int>(batches.size()) - 2);
  return {slope * count / mean, bound * slope_error * count / mean};
}

Drift halves_of(std::span<const double> batches, double probability) {
  const std::size_t half = batches.size() / 2;  // of an odd number, the one in the middle belongs to neither
  const std::span<const double> first = batches.first(half);
  const std::span<const double> second = batches.last(half);
  const auto count = static_cast<double>(half);
  const double error = std::sqrt((squares_of(first) + squares_of(second)) / (count * (count - 1)));
  const double bound = student_t_bound(probability, 2 * static_cast<int>(half) - 2);
  const double mean = mean_of(batches);
  return {(mean_of(second) - mean_of(first)) / mean, bound * error / mean};
}

}  // namespace recvbench
