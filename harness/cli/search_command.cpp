#include <algorithm>
#include <cstdio>

#include "harness/cli/calibration.h"
#include "harness/cli/commands.h"
#include "harness/cli/exit_codes.h"
#include "harness/cli/generator_check.h"
#include "harness/cli/preparation.h"
#include "harness/cli/progress_display.h"
#include "harness/run/plugins.h"
#include "harness/search/search_session.h"
#include "harness/plan/units.h"
#include "harness/plan/usage_error.h"
#include "loadgen/load_plan.h"
#include "platform/interrupt.h"
#include "platform/process.h"
#include "platform/system_info.h"
#include "results/append_file.h"
#include "results/fingerprint.h"

namespace recvbench {

namespace {

// The slowest rate has the longest probes, and a confirmation is the longest of them.
void check_windows(const SearchOptions& search) {
  const Probe slowest{search.range.from_per_s * 0.5, ProbePurpose::confirm, true};
  if (search.length.window_ns(slowest, search.slo) > max_phase_ns)
    throw UsageError("--from " + compact_count(search.range.from_per_s) + " with --slo " + search.slo.text +
                     ": enough messages beyond " + search.slo.percentile + " take longer than the " +
                     readable_wait(max_phase_ns) + " of a run");
}

// "3 searches (p99<1ms, from 1k/s to 10M/s): at most 234 probes and 1h 10m, mostly a quarter of it"
std::string announcement(const Plan& plan, const RunOptions& options, const SearchOptions& search) {
  const std::size_t cells = plan.runs.size();
  // A probe that fails may have to drain.
  const std::uint64_t overhead_ns = expected_run_ns(options) - options.duration_ns + options.drain_ns;
  return std::to_string(cells) + (cells == 1 ? " search" : " searches") + " (" + search.slo.text + ", from " +
         compact_count(search.range.from_per_s) + "/s to " + compact_count(search.range.to_per_s) +
         "/s): at most " + std::to_string(cells * RateSearch::most_probes(search.range)) + " probes and " +
         readable_wait(cells * most_search_ns(search.range, search.length, search.slo, overhead_ns)) +
         ", mostly a quarter of it";
}

void print_plan(const Plan& plan) {
  for (const PlannedRun& run : plan.runs)
    std::printf("%s/%s\n", run.variant.label.c_str(), name_at_any_rate(run.scenario).c_str());
}

// "[12] iocp tcp-sink-64B-c8-* 16k/s ascend: missed, p99 1.23 ms"
std::string finished_line(std::size_t probes, const SearchedCell& cell) {
  const ProbeResult& last = cell.probes.back();
  std::string line = "[" + std::to_string(probes) + "] " + cell.engine + " " + cell.scenario + " " +
                     compact_count(last.probe.rate_per_s) + "/s " + to_string(last.probe.purpose) + ": " +
                     to_string(last.outcome.kind);
  if (!last.outcome.why.empty())
    line += ", " + last.outcome.why;
  else if (last.latency_ns)
    line += ", " + readable_ns(*last.latency_ns);
  if (cell.verdict != SearchVerdict::undecided)
    line += std::string(" -> ") + to_string(cell.verdict) + ", " + cell.rate_text() +
            (cell.rate_per_s ? "/s" : "");
  return line;
}

}  // namespace

int search_command(const SearchCommand& command) {
  const SearchOptions& search = command.search;
  RunOptions options = command.run.options;
  if (options.generator.empty()) options.generator = executable_path();
  // The scenarios at their first rate: what a cell is called, and whether it can run.
  options.rates = {search.range.from_per_s};
  options.repeat = 1;
  options.duration_ns =
      search.length.window_ns({search.range.from_per_s, ProbePurpose::ascend, false}, search.slo);
  check_windows(search);

  const std::vector<EngineDescriptor> engines = load_plugins(options.engines);
  Plan plan = make_plan(options, engines, foreign_engines());
  keep_searchable(plan);
  std::vector<GeneratorCeiling> calibrated = stored_ceilings(command.run.calibration, fingerprint_hash());
  const bool quiet = command.run.verbosity < 0;
  if (!quiet)
    for (const SkippedEngine& skip : plan.skipped)
      std::fprintf(stderr, "skipped %s: %s\n", skip.engine.c_str(), skip.reason.c_str());
  if (command.run.dry_run) {
    std::printf("%s\n", announcement(plan, options, search).c_str());
    print_plan(plan);
    return exit_code::ok;
  }

  check_network(plan);
  const StoredCeilings ceilings(std::move(calibrated), options, check_generator(options.generator));
  raise_open_file_limit();
  // Which runs there will be is not known: run.json has no plan of them.
  Plan none = plan;
  none.runs.clear();
  nlohmann::json description = session_description(none, options, command.run.command);
  description["generator_ceiling"] = ceilings.that_fit(plan.runs);
  RunDirectory directory = make_directory(command.run.out, description);
  if (!quiet) {
    std::fprintf(stderr, "%s\n", announcement(plan, options, search).c_str());
    print_warnings(description);
  }

  watch_interrupts();
  ProgressDisplay progress(quiet ? ProgressStyle::none : command.run.progress);
  std::size_t probes = 0;
  SearchHooks hooks;
  hooks.execute = execute_run;
  hooks.interrupted = [] { return interrupted(); };
  hooks.ceiling_per_s = [&](const PlannedRun& cell) {
    const auto ceiling = ceilings.of(cell);
    return ceiling ? std::optional(ceiling->messages_per_s) : std::nullopt;
  };
  hooks.probe_finished = [&](const RunRecord& record, const SearchedCell& cell) {
    progress.show(finished_line(++probes, cell));
    if (command.run.verbosity <= 0 || record.warnings.empty()) return;
    progress.end_line();
    for (const Reason& warning : record.warnings)
      std::fprintf(stderr, "  %s: %s\n", warning.code.c_str(), warning.detail.c_str());
  };
  const SearchResult result = run_search(plan, options, search, directory, description, hooks);
  progress.end_line();

  std::fputs(render(result, command.run.format).c_str(), stdout);
  if (!quiet) std::fprintf(stderr, "results: %s\n", display_path(directory.path()).c_str());
  if (result.status == "interrupted") {
    std::fprintf(stderr, "recvbench: interrupted after %zu probes\n", probes);
    return exit_code::interrupted;
  }
  const bool any_number = std::any_of(result.cells.begin(), result.cells.end(),
                                      [](const SearchedCell& cell) { return cell.rate_per_s.has_value(); });
  return any_number ? exit_code::ok : exit_code::invalid;
}

}  // namespace recvbench
