// A whole benchmark: every planned run in order, each written to disk as it ends.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "harness/run/runner.h"
#include "results/run_directory.h"

namespace recvbench {

// What run.json says of a benchmark, from its plan and configuration. `status` is "running" until
// run_session ends.
nlohmann::json session_description(const Plan& plan, const RunOptions& options,
                                   const std::vector<std::string>& command);

struct SessionResult {
  std::vector<RunRecord> records;  // of the runs that ended, or were broken off
  bool interrupted = false;
};

// The run has the reason "interrupted".
bool was_broken_off(const RunRecord& record);

// The plan's cells that none of the records is of, in the order in which they were to be run.
std::vector<std::string> cells_not_run(const Plan& plan, const std::vector<RunRecord>& records);

struct SessionHooks {
  std::function<RunOutcome(const PlannedRun&)> execute;
  std::function<bool()> interrupted;  // asked before each run
  std::function<void(std::size_t done, const RunRecord&, std::uint64_t eta_ns)> run_finished;
  std::function<std::uint64_t()> now_ns;
};

// Runs that need not be known beforehand: what comes next may depend on what came before.
struct RunSequence {
  std::function<std::optional<PlannedRun>()> next;  // empty = the end
  std::function<RunOutcome(const PlannedRun&)> execute;
  std::function<void(const RunRecord&)> finished;  // called once the run is on disk
  std::function<bool()> interrupted;               // asked before each run
};

// Runs them into `directory` and completes run.json. Throws std::system_error where results cannot be
// written; what was written before stays readable, and run.json then says "failed" and why where it still
// can. A run that was broken off is the last.
SessionResult run_sequence(const RunSequence& sequence, RunDirectory& directory, nlohmann::json description);

// The same for a plan.
SessionResult run_session(const Plan& plan, const RunOptions& options, RunDirectory& directory,
                          nlohmann::json description, const SessionHooks& hooks);

}  // namespace recvbench
