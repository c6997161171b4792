// What --mode, --rate, --arrival and --think ask for together: the loads that scenarios offer. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan/scenario.h"

namespace recvbench {

struct RunOptions;

// Messages per second, in total or of each connection.
struct OfferedRate {
  OfferedRate(double rate_per_s, bool of_each_connection = false)
      : per_s(rate_per_s), per_connection(of_each_connection) {}

  double per_s;
  bool per_connection;

  bool operator==(const OfferedRate&) const = default;
  double total_per_s(std::uint32_t connections) const { return per_connection ? per_s * connections : per_s; }
};
std::string to_string(const OfferedRate& rate);  // "10000", "1000/connection"

struct OfferedLoad {
  std::optional<OfferedRate> rate;  // empty = as fast as possible, or a closed loop
  ArrivalPattern arrival;
  bool closed = false;
  std::uint64_t think_ns = 0;

  // Throws UsageError where it does not go with the scenario's connections.
  void apply_to(Scenario& scenario) const;
};

// Every one of them, in order; a modest constant rate where nothing is asked. Throws UsageError naming both
// options where two contradict each other, or a recording does not fit warm-up and window.
std::vector<OfferedLoad> offered_loads(const RunOptions& options);

}  // namespace recvbench
