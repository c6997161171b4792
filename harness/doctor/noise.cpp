#include "harness/doctor/noise.h"

#include <algorithm>
#include <cmath>

namespace recvbench {

namespace {

constexpr double median_error = 1.2533;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2;
}

struct Metric {
  const char* name;
  double min_effect;
  double sign;  // 1 where lower is better
  std::optional<double> NoiseSample::*figure;
};
constexpr Metric metrics[] = {{"p50", 0.05, 1, &NoiseSample::p50_ns},
                              {"p99", 0.10, 1, &NoiseSample::p99_ns},
                              {"throughput", 0.05, -1, &NoiseSample::messages_per_s},
                              {"cpu", 0.05, 1, &NoiseSample::cpu_ns_per_message}};

// A figure that is missing, zero or not a number has no logarithm.
bool usable(const std::optional<double>& figure) {
  return figure && std::isfinite(*figure) && *figure > 0;
}

MetricNoise noise_of(const Metric& metric, const std::vector<NoisePair>& pairs) {
  std::vector<double> ratios;
  for (const auto& [first, second] : pairs) {
    const auto& before = first.*metric.figure;
    const auto& after = second.*metric.figure;
    if (usable(before) && usable(after)) ratios.push_back(metric.sign * std::log(*after / *before));
  }
  MetricNoise noise;
  noise.name = metric.name;
  noise.min_effect = metric.min_effect;
  noise.pairs = ratios.size();
  if (noise.pairs < least_noise_pairs) return noise;
  noise.sigma = scaled_mad(std::move(ratios));
  noise.noise_floor = noise_floor(noise.sigma, noise.pairs);
  const double delta = std::max(noise.min_effect, noise.noise_floor);
  noise.detectable = minimum_detectable_effect(noise.sigma, noise.pairs, delta);
  noise.detectable_32 = minimum_detectable_effect(noise.sigma, 32, delta);
  return noise;
}

}  // namespace

double scaled_mad(std::vector<double> values) {
  if (values.size() < 2) return 0;
  const double middle = median(values);
  for (double& value : values) value = std::abs(value - middle);
  return 1.4826 * median(std::move(values));
}

double normal_quantile(double p) {
  // Bisection of the distribution function: 60 steps of [-40, 40] are exact to a double.
  double low = -40;
  double high = 40;
  for (int step = 0; step < 60; ++step) {
    const double middle = (low + high) / 2;
    (std::erfc(-middle / std::sqrt(2.0)) / 2 < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

double noise_floor(double sigma, std::size_t pairs) {
  return std::expm1(2 * median_error * sigma / std::sqrt(static_cast<double>(pairs)));
}

double minimum_detectable_effect(double sigma, std::size_t pairs, double delta) {
  constexpr double alpha = 0.05;
  constexpr double looks = 4;
  constexpr double z_power = 0.84;  // of a power of 0.8
  const double z = normal_quantile(1 - alpha / looks) + z_power;
  return std::expm1(std::log1p(delta) + z * median_error * sigma / std::sqrt(static_cast<double>(pairs)));
}

std::vector<MetricNoise> noise_of(const std::vector<NoisePair>& pairs) {
  std::vector<MetricNoise> all;
  for (const Metric& metric : metrics) all.push_back(noise_of(metric, pairs));
  return all;
}

}  // namespace recvbench
