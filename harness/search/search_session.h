// A search from its cells to its result: every probe is a run like any other, written to the run directory as
// it ends, and search.json says what came of it so far.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "harness/plan/plan.h"
#include "harness/plan/run_options.h"
#include "harness/search/search_result.h"
#include "harness/run/session.h"

namespace recvbench {

// What search() does with the world.
struct SearchHooks {
  // `options` has the probe's window.
  std::function<RunOutcome(const PlannedRun&, const RunOptions& options)> execute;
  std::function<bool()> interrupted;  // asked before each probe
  std::function<void(const RunRecord&, const SearchedCell&)> probe_finished;
  // Messages a second that the generator sends at most in such a cell; empty where that is not known.
  std::function<std::optional<double>(const PlannedRun&)> ceiling_per_s;
};

// The plan's cells, one run of each, become those that are searched; synthetic engines, which have no rate,
// are skipped. Throws UsageError where none is left.
void keep_searchable(Plan& plan);

// "tcp-sink-64B-c8-*": its name at any rate. The scenario has a rate.
std::string name_at_any_rate(const Scenario& scenario);

// Searches every cell of the plan. `description` is run.json's. Throws as run_sequence does; search.json then
// says "failed" and why where it still can. A probe that was broken off is in runs.jsonl alone.
SearchResult run_search(const Plan& plan, const RunOptions& options, const SearchOptions& search,
                        RunDirectory& directory, const nlohmann::json& description, const SearchHooks& hooks);

}  // namespace recvbench
