#include "harness/plan.h"

#include <algorithm>
#include <random>

namespace recvbench {

namespace {

std::string joined_names(std::span<const EngineDescriptor> catalog) {
  std::string names;
  for (const EngineDescriptor& engine : catalog)
    names += (names.empty() ? "" : ", ") + std::string(engine.name);
  return names;
}

bool is_glob(std::string_view pattern) {
  return pattern == "all" || pattern.find_first_of("*?") != std::string_view::npos;
}

struct EngineSelection {
  std::vector<const EngineDescriptor*> engines;
  std::vector<SkippedEngine> skipped;
};

// One pattern of --engine. Named engines must be able to run; a glob takes those that can.
void select_by(const std::string& pattern, std::span<const EngineDescriptor> catalog,
               std::span<const ForeignEngine> foreign, EngineSelection& selection) {
  bool matched = false;
  for (const EngineDescriptor& engine : catalog) {
    if (pattern != "all" && !glob_matches(pattern, engine.name)) continue;
    matched = true;
    if (std::find(selection.engines.begin(), selection.engines.end(), &engine) != selection.engines.end())
      continue;
    const Availability here = engine.probe();
    if (here.available) {
      selection.engines.push_back(&engine);
    } else if (is_glob(pattern)) {
      selection.skipped.push_back({std::string(engine.name), here.reason});
    } else {
      throw UsageError("--engine " + pattern + ": not available here: " + here.reason);
    }
  }
  if (matched) return;
  for (const ForeignEngine& engine : foreign) {
    if (engine.name == pattern)
      throw UsageError("--engine " + pattern + ": a " + std::string(engine.platform) + " engine (" +
                       std::string(engine.api) + "), not part of this build; here: " + joined_names(catalog));
  }
  throw UsageError("--engine " + pattern + ": no such engine; one of all, " + joined_names(catalog));
}

// What a synthetic engine runs in place of a scenario: it has no peer, so only size and connections remain.
Scenario synthetic_variant(Scenario scenario) {
  scenario.workload = Workload::sink;
  scenario.rate_per_s.reset();
  scenario.messages_per_send = 1;
  return scenario;
}

std::vector<PlannedRun> cells_of(const std::vector<const EngineDescriptor*>& engines,
                                 const std::vector<Scenario>& scenarios, const EngineSettings& settings,
                                 std::vector<SkippedEngine>& skipped) {
  std::vector<PlannedRun> cells;
  for (const EngineDescriptor* engine : engines) {
    std::vector<Scenario> own;
    for (const Scenario& asked : scenarios) {
      const Scenario scenario = engine->synthetic ? synthetic_variant(asked) : asked;
      if (std::find(own.begin(), own.end(), scenario) != own.end()) continue;
      const auto limit = engine->max_connections ? engine->max_connections(settings) : std::nullopt;
      if (limit && scenario.connections > *limit) {
        skipped.push_back({std::string(engine->name), scenario.name() + ": takes at most " +
                                                          std::to_string(*limit) +
                                                          " connections with these settings"});
        continue;
      }
      own.push_back(scenario);
      cells.push_back({0, 0, engine, scenario});
    }
  }
  return cells;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*')
    return glob_matches(pattern.substr(1), text) || (!text.empty() && glob_matches(pattern, text.substr(1)));
  return !text.empty() && (pattern.front() == '?' || pattern.front() == text.front()) &&
         glob_matches(pattern.substr(1), text.substr(1));
}

std::vector<Scenario> select_scenarios(const RunOptions& options) {
  std::vector<Scenario> all;
  const bool any_axis = !options.workloads.empty() || !options.connections.empty() ||
                        !options.sizes.empty() || !options.rates.empty();
  if (!any_axis) {
    all = options.extra_scenarios;
    for (Scenario& scenario : all)
      if (!scenario.rate_per_s && scenario.workload == Workload::sink)
        scenario.messages_per_send = options.messages_per_send;
  } else {
    const Scenario defaults{Workload::sink, 8, 64, 10'000.0, 1};
    const auto or_default = [](auto axis, auto value) {
      if (axis.empty()) axis.push_back(value);
      return axis;
    };
    for (const Workload workload : or_default(options.workloads, defaults.workload))
      for (const std::uint32_t size : or_default(options.sizes, defaults.size_bytes))
        for (const std::uint32_t connections : or_default(options.connections, defaults.connections))
          for (const auto& rate : or_default(options.rates, defaults.rate_per_s)) {
            const bool packs = !rate && workload == Workload::sink;
            const Scenario scenario{workload, connections, size, rate, packs ? options.messages_per_send : 1};
            if (std::find(all.begin(), all.end(), scenario) == all.end()) all.push_back(scenario);
          }
  }
  std::vector<Scenario> selected;
  for (const Scenario& scenario : all) {
    const bool wanted =
        std::any_of(options.scenarios.begin(), options.scenarios.end(),
                    [&](const std::string& pattern) { return glob_matches(pattern, scenario.name()); });
    if (wanted) selected.push_back(scenario);
  }
  if (selected.empty()) {
    std::string names;
    for (const Scenario& scenario : all) names += (names.empty() ? "" : ", ") + scenario.name();
    throw UsageError("--scenario: nothing matches; the scenarios are " + names);
  }
  return selected;
}

Plan make_plan(const RunOptions& options, std::span<const EngineDescriptor> catalog,
               std::span<const ForeignEngine> foreign) {
  EngineSelection selection;
  for (const std::string& pattern : options.engines) select_by(pattern, catalog, foreign, selection);
  if (selection.engines.empty()) throw UsageError("--engine: no engine of the selection can run here");

  Plan plan;
  plan.skipped = std::move(selection.skipped);
  std::vector<PlannedRun> cells =
      cells_of(selection.engines, select_scenarios(options), options.engine, plan.skipped);
  if (cells.empty()) throw UsageError("--connections: more than any selected engine can take");

  std::mt19937_64 random(options.seed);
  for (std::uint32_t round = 0; round < options.repeat; ++round) {
    // Written out rather than std::shuffle, whose order differs between standard libraries.
    for (std::size_t i = cells.size(); i > 1; --i) std::swap(cells[i - 1], cells[random() % i]);
    for (PlannedRun run : cells) {
      run.round = round;
      run.index = static_cast<std::uint32_t>(plan.runs.size());
      plan.runs.push_back(run);
    }
  }
  return plan;
}

std::uint64_t expected_run_ns(const RunOptions& options) {
  constexpr std::uint64_t start_and_drain_ns = 600'000'000;
  return options.warmup_ns + options.duration_ns + start_and_drain_ns;
}

}  // namespace recvbench
