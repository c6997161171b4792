#include "harness/search/slo.h"

#include <array>

#include "harness/plan/option_values.h"
#include "harness/plan/units.h"
#include "loadgen/load_plan.h"

namespace recvbench {

namespace {

struct Percentile {
  const char* name;
  double share;
};
constexpr std::array<Percentile, 4> percentiles{{{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}}};

}  // namespace

Slo slo_from(const std::string& option, const std::string& text) {
  const std::size_t sign = text.find('<');
  const std::string name = text.substr(0, sign);
  if (sign != std::string::npos) {
    const auto limit = parse_duration_ns(text.substr(sign + 1));
    for (const Percentile& known : percentiles)
      if (name == known.name && limit && *limit > 0 && *limit <= max_phase_ns)
        return {known.name, known.share, *limit, text};
  }
  refuse(option, text, "p50, p90, p99 or p999, <, and a time up to 30m, such as p99<1ms");
}

std::optional<double> percentile_ns(const std::optional<LatencySummary>& latency, const Slo& slo) {
  if (!latency) return std::nullopt;
  const auto as_double = [](std::optional<std::int64_t> value) {
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
  };
  if (slo.percentile == "p50") return as_double(latency->p50_ns);
  if (slo.percentile == "p90") return as_double(latency->p90_ns);
  if (slo.percentile == "p99") return as_double(latency->p99_ns);
  return as_double(latency->p999_ns);
}

}  // namespace recvbench
