#include "harness/summary/summary.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "results/reasons.h"

namespace recvbench {

namespace {

std::optional<double> median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// The median of one figure over the valid runs that have it. All or nothing: a figure that some runs could
// not state is not stated for the cell.
template <class Figure>
std::optional<double> median_of(const std::vector<const RunRecord*>& runs, Figure figure) {
  std::vector<double> values;
  for (const RunRecord* run : runs) {
    const std::optional<double> value = figure(*run);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return median(std::move(values));
}

// The largest value of one figure over the valid runs; empty where one of them could not state it.
template <class Figure>
std::optional<double> largest_of(const std::vector<const RunRecord*>& runs, Figure figure) {
  std::optional<double> largest;
  for (const RunRecord* run : runs) {
    const std::optional<double> value = figure(*run);
    if (!value) return std::nullopt;
    largest = std::max(largest.value_or(*value), *value);
  }
  return largest;
}

template <class Field>
auto response(Field field) {
  return [field](const RunRecord& run) -> std::optional<double> {
    if (!run.response) return std::nullopt;
    const std::optional<std::int64_t> value = (*run.response).*field;
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
  };
}

// Warnings that a setting was not what was measured belong beside the figures; of the others the records
// tell.
void note_setting(std::vector<std::string>& notes, const Reason& warning) {
  if (warning.code != "socket-buffer-smaller" && warning.code != "threads-past-sockets") return;
  const std::string note = std::string(find_reason(warning.code)->text) + " (" + warning.detail + ")";
  if (std::find(notes.begin(), notes.end(), note) == notes.end()) notes.push_back(note);
}

CellSummary summarize_cell(const std::vector<const RunRecord*>& runs) {
  const RunRecord& first = *runs.front();
  CellSummary cell;
  cell.engine = first.engine.label;
  cell.remark = first.engine.emulated ? "emulated" : first.engine.synthetic ? "synthetic" : "";
  cell.scenario = first.scenario;
  cell.latency_kind = first.latency_kind;
  cell.runs = runs.size();
  std::vector<const RunRecord*> valid;
  for (const RunRecord* run : runs) {
    if (run->valid) {
      valid.push_back(run);
      cell.latency_kind = run->latency_kind;
    } else if (cell.reason.empty()) {
      cell.reason = run->reasons.front().code +
                    (run->reasons.front().detail.empty() ? "" : ": " + run->reasons.front().detail);
    }
  }
  cell.valid_runs = valid.size();
  cell.received_per_s = median_of(valid, [](const RunRecord& run) { return run.rates.received_per_s; });
  cell.generator_limited = std::any_of(valid.begin(), valid.end(),
                                       [](const RunRecord* run) { return run->rates.generator_limited; });
  cell.p50_ns = median_of(valid, response(&LatencySummary::p50_ns));
  cell.p99_ns = median_of(valid, response(&LatencySummary::p99_ns));
  cell.p999_ns = median_of(valid, response(&LatencySummary::p999_ns));
  cell.max_ns = median_of(valid, response(&LatencySummary::max_ns));
  cell.cpu_ns_per_message =
      median_of(valid, [](const RunRecord& run) { return run.cost.cpu_ns_per_message; });
  cell.loss_share = largest_of(valid, loss_share);
  cell.wineserver_included = std::any_of(valid.begin(), valid.end(), [](const RunRecord* run) {
    return run->cost.wineserver_cpu_ns.has_value();
  });
  for (const RunRecord* run : runs)
    for (const Reason& warning : run->warnings) note_setting(cell.set_otherwise, warning);
  return cell;
}

// Numbers by their size: 8 connections before 16. The report's order (reports/recvbench_report/load.py).
auto place(const ScenarioRecord& scenario) {
  const int mode = scenario.mode == "open" ? 0 : scenario.mode == "max" ? 1 : 2;
  return std::tuple(std::string_view(scenario.protocol), std::string_view(scenario.workload), mode,
                    scenario.size_bytes, scenario.connections, scenario.rate_per_s.value_or(0),
                    std::string_view(scenario.name));
}

}  // namespace

std::vector<CellSummary> summarize_cells(const std::vector<RunRecord>& records,
                                         const std::vector<std::string>& engine_order) {
  std::vector<const ScenarioRecord*> scenarios;
  std::vector<std::string> engines = engine_order;
  for (const RunRecord& record : records) {
    if (std::find(engines.begin(), engines.end(), record.engine.label) == engines.end())
      engines.push_back(record.engine.label);
    const auto same = [&](const ScenarioRecord* known) { return known->name == record.scenario.name; };
    if (std::none_of(scenarios.begin(), scenarios.end(), same)) scenarios.push_back(&record.scenario);
  }
  std::sort(scenarios.begin(), scenarios.end(),
            [](const ScenarioRecord* a, const ScenarioRecord* b) { return place(*a) < place(*b); });
  std::vector<CellSummary> cells;
  for (const ScenarioRecord* scenario : scenarios)
    for (const std::string& engine : engines) {
      std::vector<const RunRecord*> runs;
      for (const RunRecord& record : records)
        if (record.scenario.name == scenario->name && record.engine.label == engine) runs.push_back(&record);
      if (!runs.empty()) cells.push_back(summarize_cell(runs));
    }
  return cells;
}

}  // namespace recvbench
