#include "loadgen/arrival_pattern.h"

#include <algorithm>
#include <numeric>

namespace recvbench {

const char* to_string(ArrivalPattern::Kind kind) noexcept {
  switch (kind) {
    case ArrivalPattern::Kind::poisson:
      return "poisson";
    case ArrivalPattern::Kind::burst:
      return "burst";
    case ArrivalPattern::Kind::ramp:
      return "ramp";
    case ArrivalPattern::Kind::step:
      return "step";
    case ArrivalPattern::Kind::replay:
      return "replay";
    case ArrivalPattern::Kind::constant:
      break;
  }
  return "constant";
}

std::optional<double> own_rate_per_s(const ArrivalPattern& pattern, std::uint64_t warmup_ns,
                                     std::uint64_t duration_ns) {
  if (pattern.kind == ArrivalPattern::Kind::ramp || pattern.kind == ArrivalPattern::Kind::step) {
    const std::vector<double>& rates = pattern.rates_per_s;
    return std::accumulate(rates.begin(), rates.end(), 0.0) / static_cast<double>(rates.size());
  }
  if (pattern.kind != ArrivalPattern::Kind::replay) return std::nullopt;
  const auto in_window = [&](const Recording::Message& message) {
    return message.offset_ns >= warmup_ns && message.offset_ns < warmup_ns + duration_ns;
  };
  const std::vector<Recording::Message>& messages = pattern.recording->messages;
  return static_cast<double>(std::count_if(messages.begin(), messages.end(), in_window)) * 1e9 /
         static_cast<double>(duration_ns);
}

}  // namespace recvbench
