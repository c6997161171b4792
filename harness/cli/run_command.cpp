#include <algorithm>
#include <cstdio>
#include <set>

#include "harness/cli/calibration.h"
#include "harness/cli/commands.h"
#include "harness/cli/exit_codes.h"
#include "harness/cli/generator_check.h"
#include "harness/cli/preparation.h"
#include "harness/cli/progress_display.h"
#include "harness/plan/cpu_sets.h"
#include "harness/run/plugins.h"
#include "harness/run/progress.h"
#include "harness/run/session.h"
#include "platform/clock.h"
#include "platform/interrupt.h"
#include "platform/process.h"
#include "platform/system_info.h"
#include "platform/thread.h"
#include "results/append_file.h"
#include "results/fingerprint.h"

namespace recvbench {

namespace {

void print_plan(const Plan& plan, const RunOptions& options) {
  std::printf("%s\n", announcement(plan, options).c_str());
  for (const PlannedRun& run : plan.runs)
    std::printf("%4u  round %u  %s\n", run.index, run.round, run.cell().c_str());
}

bool needs_generator(const Plan& plan) {
  return std::any_of(plan.runs.begin(), plan.runs.end(),
                     [](const PlannedRun& run) { return !run.engine().synthetic; });
}

// Every cell of the plan has at least one valid run.
bool every_cell_measured(const Plan& plan, const std::vector<RunRecord>& records) {
  std::set<std::string> measured;
  for (const RunRecord& record : records)
    if (record.valid) measured.insert(record.cell);
  return std::all_of(plan.runs.begin(), plan.runs.end(),
                     [&](const PlannedRun& run) { return measured.contains(run.cell()); });
}

// Where there are enough CPUs and nothing was said, what would keep receiver and generator apart. Not done
// unasked: an engine whose threads are pinned is another one.
void suggest_cpu_sets(const RunOptions& options) {
  if (!options.engine.cpus.empty() || !options.load_cpus.empty()) return;
  if (const auto sets = disjoint_cpu_sets(allowed_cpus(), options.load_threads))
    std::fprintf(stderr, "receiver and generator share the CPUs; apart: %s\n", options_of(*sets).c_str());
}

}  // namespace

int run_command(const RunCommand& command) {
  RunOptions options = command.options;
  if (options.generator.empty()) options.generator = executable_path();
  const std::vector<EngineDescriptor> engines = load_plugins(options.engines);
  const Plan plan = make_plan(options, engines, foreign_engines());
  std::vector<GeneratorCeiling> calibrated = stored_ceilings(command.calibration, fingerprint_hash());
  const bool quiet = command.verbosity < 0;
  if (!quiet)
    for (const SkippedEngine& skip : plan.skipped)
      std::fprintf(stderr, "skipped %s: %s\n", skip.engine.c_str(), skip.reason.c_str());
  if (command.dry_run) {
    print_plan(plan, options);
    return exit_code::ok;
  }

  check_network(plan);
  const StoredCeilings ceilings(std::move(calibrated), options,
                                needs_generator(plan) ? check_generator(options.generator) : std::string());
  raise_open_file_limit();
  nlohmann::json description = session_description(plan, options, command.command);
  description["generator_ceiling"] = ceilings.that_fit(plan.runs);
  RunDirectory directory = make_directory(command.out, description);
  const std::string label = description["environment"].value("label", "");
  if (!quiet) {
    std::fprintf(stderr, "%s\n", announcement(plan, options).c_str());
    print_warnings(description);
  }

  if (!quiet) suggest_cpu_sets(options);
  watch_interrupts();
  ProgressDisplay progress(quiet ? ProgressStyle::none : command.progress);
  SessionHooks hooks;
  hooks.execute = [&](const PlannedRun& run) {
    RunOutcome outcome = execute_run(run, options);
    compare_with_ceiling(outcome.record, ceilings.of(run));
    return outcome;
  };
  hooks.interrupted = [] { return interrupted(); };
  hooks.now_ns = [] { return now_ns(); };
  hooks.run_finished = [&](std::size_t done, const RunRecord& record, std::uint64_t eta_ns) {
    progress.show(finished_line(done, plan.runs.size(), record, eta_ns));
    if (command.verbosity <= 0 || record.warnings.empty()) return;
    progress.end_line();
    for (const Reason& warning : record.warnings)
      std::fprintf(stderr, "  %s: %s\n", warning.code.c_str(), warning.detail.c_str());
  };
  const SessionResult result = run_session(plan, options, directory, description, hooks);
  progress.end_line();

  std::fputs(render(summarize_cells(result.records, plan.engines), label, command.format).c_str(), stdout);
  if (!quiet) std::fprintf(stderr, "results: %s\n", display_path(directory.path()).c_str());
  if (result.interrupted) {
    for (const std::string& cell : cells_not_run(plan, result.records))
      std::fprintf(stderr, "not run: %s\n", cell.c_str());
    std::fprintf(stderr, "recvbench: interrupted after %zu of %zu runs\n", result.records.size(),
                 plan.runs.size());
    return exit_code::interrupted;
  }
  return every_cell_measured(plan, result.records) ? exit_code::ok : exit_code::invalid;
}

}  // namespace recvbench
