// Configuration -> ordered runs. Pure: no clock, no sockets; the same options and catalog give the same plan.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "engines/catalog.h"
#include "harness/run_options.h"

namespace recvbench {

struct PlannedRun {
  std::uint32_t index = 0;
  std::uint32_t round = 0;  // repetition
  const EngineDescriptor* engine = nullptr;
  Scenario scenario;
  std::string cell() const { return std::string(engine->name) + "/" + scenario.name(); }
};

struct SkippedEngine {
  std::string engine;
  std::string reason;
};

struct Plan {
  std::vector<PlannedRun> runs;  // in the order they are run
  std::vector<SkippedEngine> skipped;
};

// A selection or combination that cannot be run; what() is one line with the allowed values. Exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Every repetition is a round over all cells in an order shuffled by the seed, so that drift of the machine
// falls on all engines alike. An engine that cannot run here is skipped visibly where a glob (or "all")
// selected it and is an error where it was asked for by name; an engine whose connection limit a scenario
// exceeds is skipped for that scenario. Synthetic engines run the scenarios' as-fast-as-possible sink
// variant, once a size and number of connections. Throws UsageError.
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
