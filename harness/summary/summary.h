// What the runs of each cell come to: medians over the valid ones. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "results/run_record.h"

namespace recvbench {

// A cell that loses more of its datagrams than this is best of nothing while another loses less: what is lost
// has no latency, and where a share s of all is lost and was the slowest, the p99 of the rest is only the
// p(99 (1 - s)) of all. The bound is a tenth of the 1 % that a p99 speaks of. The report judges by the same.
inline constexpr double most_loss_share = 0.001;

// One cell (engine x scenario) over its repetitions. Figures are medians over the valid runs: a run is a
// sample, and percentiles are never averaged. Empty = not measured.
struct CellSummary {
  std::string engine;  // its label
  std::string remark;  // "emulated", "synthetic" or ""
  ScenarioRecord scenario;
  std::string latency_kind;
  std::size_t runs = 0;
  std::size_t valid_runs = 0;
  std::string reason;  // of the first invalid run: "lost: sent 5, received 4"
  std::optional<double> received_per_s;
  bool generator_limited = false;  // a lower bound: in a valid run the generator was near its own ceiling
  std::optional<double> p50_ns;
  std::optional<double> p99_ns;
  std::optional<double> p999_ns;
  std::optional<double> max_ns;
  std::optional<double> cpu_ns_per_message;
  std::optional<double> loss_share;  // UDP: of the valid run that lost most, not a median: loss is exact
  bool wineserver_included = false;  // in cpu_ns_per_message
  std::vector<std::string> set_otherwise;  // what was asked of it and not done, from the runs' warnings
};

// By scenario (protocol, workload, mode, size, connections and rate, numbers by their size), then by engine: those of
// `engine_order` as they stand there, others after them as first seen.
std::vector<CellSummary> summarize_cells(const std::vector<RunRecord>& records,
                                         const std::vector<std::string>& engine_order);

}  // namespace recvbench
