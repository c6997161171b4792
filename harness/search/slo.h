// What a search holds the receiver to: "p99<1ms". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "results/run_record.h"

namespace recvbench {

struct Slo {
  std::string percentile;      // "p99": p50, p90, p99 or p999
  double share = 0;            // 0.99
  std::uint64_t limit_ns = 0;  // response time must not exceed it; > 0
  std::string text;            // "p99<1ms", as typed
};

// Throws UsageError where `text` is no such bound.
Slo slo_from(const std::string& option, const std::string& text);

// The percentile of response (or service) time that the SLO speaks of; empty where there are too few samples
// to state it.
std::optional<double> percentile_ns(const std::optional<LatencySummary>& latency, const Slo& slo);

}  // namespace recvbench
