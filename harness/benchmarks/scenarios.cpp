// Engine x scenario cells behind Google Benchmark's flags and JSON, for the tools that read them:
//
//   recvbench_scenarios [--recvbench_profile=quick|standard|full] [--recvbench_generator=PROGRAM]
//                       [--benchmark_filter=REGEX] [--benchmark_repetitions=N]
//                       [--benchmark_enable_random_interleaving=true] [--benchmark_out=FILE] ...
//
// A thin adapter: the harness measures, as for `recvbench run`, and what it found is shown as counters. One
// cell is one benchmark "engine/scenario", one iteration is one run with a fresh engine and a fresh
// generator, a repetition is another run. The time column is the window divided by the messages received in
// it.
//
// Counters: valid (1 or 0; the label then says why), received_per_s, p50_ns and p99_ns of the response time,
// cpu_ns_per_message of the receiver process. A figure that could not be measured has no counter.
//
// Google Benchmark's own aggregates (_mean, _median ...) treat counters as numbers: a mean of p99_ns is an
// average of percentiles, which means nothing. recvbench-report works on `recvbench run`, never on these.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>

#include "engines/catalog.h"
#include "harness/benchmarks/sibling_program.h"
#include "harness/cli/exit_codes.h"
#include "harness/plan/plan.h"
#include "harness/run/runner.h"
#include "platform/system_info.h"
#include "results/reasons.h"

namespace recvbench {

namespace {

std::string joined(const std::vector<Reason>& reasons) {
  std::string text;
  for (const Reason& reason : reasons)
    text += (text.empty() ? "" : "; ") + reason.code + (reason.detail.empty() ? "" : ": " + reason.detail);
  return text;
}

void run_cell(benchmark::State& state, const PlannedRun& cell, const RunOptions& options) {
  RunRecord record;
  for (auto _ : state) {
    record = execute_run(cell, options).record;
    const double per_s = record.rates.received_per_s.value_or(0);
    state.SetIterationTime(per_s > 0 ? 1 / per_s : 0);
  }
  state.counters["valid"] = record.valid ? 1 : 0;
  if (record.rates.received_per_s) state.counters["received_per_s"] = *record.rates.received_per_s;
  if (record.response) {
    state.counters["p50_ns"] = static_cast<double>(record.response->p50_ns);
    if (record.response->p99_ns) state.counters["p99_ns"] = static_cast<double>(*record.response->p99_ns);
  }
  if (record.cost.cpu_ns_per_message) state.counters["cpu_ns_per_message"] = *record.cost.cpu_ns_per_message;
  // Not SkipWithError: with an iteration under way it can end the process, and the figures would be lost.
  if (!record.valid) state.SetLabel("invalid: " + joined(record.reasons));
}

// Takes "--name=value" out of the arguments; Google Benchmark refuses what it does not know.
std::string take_option(std::vector<char*>& arguments, std::string_view name, std::string value) {
  for (auto argument = arguments.begin() + 1; argument != arguments.end();) {
    const std::string_view text(*argument);
    if (text.starts_with(name) && text.substr(name.size()).starts_with('=')) {
      value = text.substr(name.size() + 1);
      argument = arguments.erase(argument);
    } else {
      ++argument;
    }
  }
  return value;
}

RunOptions options_from(std::vector<char*>& arguments) {
  const std::string profile_name = take_option(arguments, "--recvbench_profile", "quick");
  RunOptions options;
  try {
    options = profile(profile_name);
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string("--recvbench_profile: ") + error.what());
  }
  options.repeat = 1;  // --benchmark_repetitions
  options.generator = take_option(arguments, "--recvbench_generator", sibling_recvbench().string());
  return options;
}

int run_main(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  const RunOptions options = options_from(arguments);
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return exit_code::usage;

  const NetworkSession network;
  raise_open_file_limit();
  Plan plan = make_plan(options, engine_catalog(), foreign_engines());
  for (const SkippedEngine& skip : plan.skipped)
    std::fprintf(stderr, "skipped %s: %s\n", skip.engine.c_str(), skip.reason.c_str());
  // Catalog order; shuffling is Google Benchmark's here (--benchmark_enable_random_interleaving).
  std::stable_sort(plan.runs.begin(), plan.runs.end(), [](const PlannedRun& a, const PlannedRun& b) {
    return &a.engine() != &b.engine() ? &a.engine() < &b.engine() : a.scenario.name() < b.scenario.name();
  });
  // RegisterBenchmark keeps the pointer to the name.
  std::vector<std::string> names;
  for (const PlannedRun& cell : plan.runs) names.push_back(cell.cell());
  for (std::size_t i = 0; i < names.size(); ++i) {
    benchmark::RegisterBenchmark(names[i].c_str(), run_cell, plan.runs[i], options)
        ->Iterations(1)
        ->UseManualTime()
        ->Unit(benchmark::kNanosecond);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return exit_code::ok;
}

}  // namespace

}  // namespace recvbench

int main(int argc, char** argv) {
  using namespace recvbench;
  try {
    return run_main(argc, argv);
  } catch (const UsageError& error) {
    std::fprintf(stderr, "recvbench_scenarios: %s\n", error.what());
    return exit_code::usage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "recvbench_scenarios: %s\n", error.what());
    return exit_code::invalid;
  }
}
