#include "harness/search/search_session.h"

#include <algorithm>

#include "harness/doctor/generator_ceiling.h"
#include "harness/search/interleaved_search.h"
#include "harness/plan/units.h"
#include "harness/plan/usage_error.h"
#include "results/json_text.h"

namespace recvbench {

namespace {

SearchResult begin(const std::vector<PlannedRun>& cells, const RunOptions& options,
                   const SearchOptions& search, const nlohmann::json& description) {
  SearchResult result;
  result.options = search;
  result.warmup_ns = options.warmup_ns;
  result.seed = options.seed;
  result.label = description["environment"].value("label", "");
  for (const PlannedRun& cell : cells) {
    SearchedCell searched;
    searched.engine = cell.variant.label;
    searched.scenario = name_at_any_rate(cell.scenario);
    searched.emulated = cell.engine().probe().emulated;
    result.cells.push_back(std::move(searched));
  }
  return result;
}

void note(SearchedCell& cell, const RateSearch& search, ProbeResult probe) {
  cell.verdict = search.verdict();
  cell.rate_per_s = search.rate_per_s();
  cell.failed_per_s = search.failed_per_s();
  cell.why = search.why();
  cell.probes.push_back(std::move(probe));
}

// A rate at which the generator is near its own limit says what the engine takes at least.
void bound(SearchedCell& cell, const std::optional<double>& ceiling_per_s) {
  cell.generator_ceiling_per_s = ceiling_per_s;
  if (cell.verdict != SearchVerdict::found || !ceiling_per_s ||
      !is_generator_limited(*cell.rate_per_s, *ceiling_per_s))
    return;
  cell.verdict = SearchVerdict::generator_limit;
  cell.why = "four fifths or more of the " + readable_count(*ceiling_per_s) +
             "/s that it sends to a receiver that only drains; " + cell.why;
}

// The plan shuffles its rounds, and a search is shown in the order of its engines.
std::vector<PlannedRun> in_order_of_engines(const Plan& plan) {
  std::vector<PlannedRun> cells = plan.runs;
  const auto place = [&](const PlannedRun& cell) {
    return std::find(plan.engines.begin(), plan.engines.end(), cell.variant.label) - plan.engines.begin();
  };
  std::stable_sort(cells.begin(), cells.end(), [&](const PlannedRun& a, const PlannedRun& b) {
    return std::pair(a.scenario.name(), place(a)) < std::pair(b.scenario.name(), place(b));
  });
  return cells;
}

}  // namespace

void keep_searchable(Plan& plan) {
  const auto rateless = [](const PlannedRun& run) { return !run.scenario.rate_per_s; };
  for (const PlannedRun& run : plan.runs)
    if (rateless(run)) plan.skipped.push_back({run.variant.label, "has no rate to search for"});
  plan.runs.erase(std::remove_if(plan.runs.begin(), plan.runs.end(), rateless), plan.runs.end());
  const auto searched = [&](const std::string& label) {
    return std::any_of(plan.runs.begin(), plan.runs.end(),
                       [&](const PlannedRun& run) { return run.variant.label == label; });
  };
  plan.engines.erase(std::remove_if(plan.engines.begin(), plan.engines.end(),
                                    [&](const std::string& label) { return !searched(label); }),
                     plan.engines.end());
  if (plan.runs.empty())
    throw UsageError("nothing to search: " + plan.skipped.back().engine + ": " + plan.skipped.back().reason);
}

std::string name_at_any_rate(const Scenario& scenario) {
  // The parts of a name stand between hyphens, and those behind the rate have a letter.
  const std::string rate = compact_count(*scenario.rate_per_s);
  std::string name = scenario.name() + "-";
  name.replace(name.rfind("-" + rate + "-") + 1, rate.size(), "*");
  name.pop_back();
  return name;
}

SearchResult run_search(const Plan& plan, const RunOptions& options, const SearchOptions& search,
                        RunDirectory& directory, const nlohmann::json& description,
                        const SearchHooks& hooks) {
  const std::vector<PlannedRun> cells = in_order_of_engines(plan);
  SearchResult result = begin(cells, options, search, description);
  const auto write = [&] {
    write_file_atomically(directory.path() / "search.json", json_text(to_json(result), 2) + '\n');
  };

  InterleavedSearch searches(cells.size(), search.range, options.seed);
  InterleavedSearch::Turn turn;
  std::uint32_t runs = 0;
  RunSequence sequence;
  sequence.next = [&]() -> std::optional<PlannedRun> {
    if (runs == 0) write();  // inside the sequence, which writes down where it fails
    const auto next = searches.next();
    if (!next) return std::nullopt;
    turn = *next;
    PlannedRun run = cells[turn.search];
    run.index = runs++;
    run.round = turn.round;
    run.scenario.rate_per_s = turn.probe.rate_per_s;
    return run;
  };
  sequence.execute = [&](const PlannedRun& run) {
    RunOptions own = options;
    own.duration_ns = search.length.window_ns(turn.probe, search.slo);
    RunOutcome outcome = hooks.execute(run, own);
    outcome.record.probe = to_string(turn.probe.purpose);
    return outcome;
  };
  sequence.finished = [&](const RunRecord& record) {
    if (was_broken_off(record)) return;  // says nothing of the rate
    const ProbeOutcome outcome = outcome_of(record, search.slo);
    searches.answer(outcome);
    const auto latency = record.valid ? percentile_ns(record.response, search.slo) : std::nullopt;
    SearchedCell& cell = result.cells[turn.search];
    note(cell, searches.search(turn.search), {record.index, turn.probe, outcome, latency});
    bound(cell, hooks.ceiling_per_s(cells[turn.search]));
    write();
    hooks.probe_finished(record, cell);
  };
  sequence.interrupted = hooks.interrupted;

  try {
    const SessionResult session = run_sequence(sequence, directory, description);
    result.status = session.interrupted ? "interrupted" : "complete";
    write();
  } catch (const std::exception& failure) {
    result.status = "failed";
    result.error = failure.what();
    try {
      write();
    } catch (const std::exception&) {
      // The first failure is the one to report.
    }
    throw;
  }
  return result;
}

}  // namespace recvbench
