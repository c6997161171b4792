// Configuration -> ordered runs. Pure: no clock, no sockets; the same options and catalog give the same plan.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engines/catalog.h"
#include "harness/plan/engine_spec.h"
#include "harness/plan/run_options.h"
#include "harness/plan/usage_error.h"

namespace recvbench {

struct PlannedRun {
  std::uint32_t index = 0;
  std::uint32_t round = 0;  // repetition
  EngineVariant variant;
  Scenario scenario;

  const EngineDescriptor& engine() const { return *variant.engine; }
  std::string cell() const { return variant.label + "/" + scenario.name(); }
};

struct SkippedEngine {
  std::string engine;
  std::string reason;
};

struct Plan {
  std::vector<PlannedRun> runs;      // in the order they are run
  std::vector<std::string> engines;  // labels, in the order they are shown
  std::vector<SkippedEngine> skipped;
};

// Every repetition is a round over all cells in an order shuffled by the seed, so that drift of the machine
// falls on all engines alike. An engine that cannot run here is skipped visibly where a glob (or "all")
// selected it and is an error where it was asked for by name; the same holds for settings that cannot be had
// here, where several values were asked for or one. An engine whose connection limit a scenario
// exceeds is skipped for that scenario, as is one that does not take its protocol, or is set in a
// way that only streams know. Synthetic engines run the scenarios' as-fast-as-possible sink
// variant, once a size and number of connections. Every pattern of `excluded` must name a cell. Throws
// UsageError.
Plan make_plan(const RunOptions& options, std::span<const EngineDescriptor> catalog,
               std::span<const ForeignEngine> foreign);

// The scenarios that the options select, in order, without duplicates. Throws UsageError where there are
// none.
std::vector<Scenario> select_scenarios(const RunOptions& options);

// `*` and `?` as in a shell.
bool glob_matches(std::string_view pattern, std::string_view text);

// Expected time of one run: warm-up, window, and what starting and draining takes.
std::uint64_t expected_run_ns(const RunOptions& options);

}  // namespace recvbench
