// What this machine's noise leaves to be seen: the same thing measured twice, again and again. Pure.
//
// A pair is two runs of one cell back to back, nothing changed between them; r = s ln(second / first), with
// s = 1 where lower is better and -1 where higher is. The spread of r over pairs is the machine's. sigma =
// 1.4826 MAD(r) is that of a normal distribution with r's median absolute deviation; outliers hardly move it.
// 1.2533 = sqrt(pi / 2): the standard error of a median is 1.2533 sigma / sqrt(n).
// Wrong where r's distribution has several humps (a frequency that switches), or drifts within a pair.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace recvbench {

// 1.4826 times the median distance from the median; 0 for fewer than two values.
double scaled_mad(std::vector<double> values);

// The z below which a standard normal variable lies with probability p; 0 < p < 1.
double normal_quantile(double p);

// As a share: no difference below it is one that `pairs` pairs can tell from noise. pairs >= 1.
double noise_floor(double sigma, std::size_t pairs);

// As a share: the least true effect that a gate with the margin `delta` (a share) finds with probability 0.8
// when it looks once at `pairs` pairs, at the error rate 0.05 over 4 looks at one cell.
double minimum_detectable_effect(double sigma, std::size_t pairs, double delta);

// The figures of one side of a pair; empty = not measured, or not valid.
struct NoiseSample {
  std::optional<double> p50_ns;
  std::optional<double> p99_ns;
  std::optional<double> messages_per_s;
  std::optional<double> cpu_ns_per_message;
};
using NoisePair = std::pair<NoiseSample, NoiseSample>;

struct MetricNoise {
  std::string name;       // "p50", "p99", "throughput", "cpu"
  double min_effect = 0;  // smaller changes are of no interest to the gate, as a share
  std::size_t pairs = 0;  // with both figures; the rest is empty below least_noise_pairs
  double sigma = 0;       // of r
  double noise_floor = 0;
  double detectable = 0;     // minimum_detectable_effect with these pairs
  double detectable_32 = 0;  // with the 32 pairs of a gate's last look
  // The gate's own limit: noise_floor > 3 min_effect.
  bool gate_refuses() const { return noise_floor > 3 * min_effect; }
};
inline constexpr std::size_t least_noise_pairs = 4;

// The four metrics, in that order.
std::vector<MetricNoise> noise_of(const std::vector<NoisePair>& pairs);

}  // namespace recvbench
