#include "harness/run/session.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "harness/doctor/environment_findings.h"
#include "harness/run/progress.h"
#include "platform/clock.h"
#include "results/environment.h"

namespace recvbench {

namespace {

std::string utc_now() {
  const std::time_t seconds = static_cast<std::time_t>(unix_time_ns() / 1'000'000'000);
  std::array<char, 32> text{};
  // gmtime's static buffer is no concern: only the main thread describes a session.
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&seconds));
  return text.data();
}

void complete(nlohmann::json& description, const SessionResult& result, const char* status) {
  description["status"] = status;
  description["finished"] = utc_now();
  description["runs_total"] = result.records.size();
  description["runs_valid"] = std::count_if(result.records.begin(), result.records.end(),
                                            [](const RunRecord& record) { return record.valid; });
}

}  // namespace

bool was_broken_off(const RunRecord& record) {
  return std::any_of(record.reasons.begin(), record.reasons.end(),
                     [](const Reason& reason) { return reason.code == "interrupted"; });
}

std::vector<std::string> cells_not_run(const Plan& plan, const std::vector<RunRecord>& records) {
  std::vector<std::string> cells;
  for (const PlannedRun& run : plan.runs) {
    const std::string cell = run.cell();
    const bool was_run = std::any_of(records.begin(), records.end(),
                                     [&](const RunRecord& record) { return record.cell == cell; });
    if (!was_run && std::find(cells.begin(), cells.end(), cell) == cells.end()) cells.push_back(cell);
  }
  return cells;
}

nlohmann::json session_description(const Plan& plan, const RunOptions& options,
                                   const std::vector<std::string>& command) {
  nlohmann::json runs = nlohmann::json::array();
  for (const PlannedRun& run : plan.runs)
    runs.push_back({{"index", run.index},
                    {"round", run.round},
                    {"cell", run.cell()},
                    {"engine", run.variant.label},
                    {"scenario", run.scenario.name()}});
  nlohmann::json skipped = nlohmann::json::array();
  for (const SkippedEngine& skip : plan.skipped)
    skipped.push_back({{"engine", skip.engine}, {"reason", skip.reason}});
  const BuildInfo build = build_info();
  return {{"schema",
           {{"name", "recvbench.results"},
            {"major", RunRecord::schema_major},
            {"minor", RunRecord::schema_minor}}},
          {"tool", {{"name", "recvbench"}, {"version", build.version}, {"git_revision", build.git_revision}}},
          {"environment", environment_with_warnings()},
          {"command", command},
          {"configuration", to_json(options)},
          {"seed", options.seed},
          {"engines", plan.engines},
          {"plan", runs},
          {"skipped", skipped},
          {"started", utc_now()},
          {"finished", nullptr},
          {"status", "running"},
          {"error", nullptr},
          {"generator_ceiling", nullptr},
          {"runs_valid", 0},
          {"runs_total", 0}};
}

SessionResult run_sequence(const RunSequence& sequence, RunDirectory& directory, nlohmann::json description) {
  SessionResult result;
  try {
    while (const std::optional<PlannedRun> run = sequence.next()) {
      if (sequence.interrupted()) {
        result.interrupted = true;
        break;
      }
      const RunOutcome outcome = sequence.execute(*run);
      directory.append(outcome.record, outcome.streams);
      result.records.push_back(outcome.record);
      sequence.finished(outcome.record);
      if (was_broken_off(outcome.record)) {
        result.interrupted = true;
        break;
      }
    }
  } catch (const std::exception& failure) {
    complete(description, result, "failed");
    description["error"] = failure.what();
    try {
      directory.write_description(description);
    } catch (const std::exception&) {
      // The first failure is the one to report.
    }
    throw;
  }
  complete(description, result, result.interrupted ? "interrupted" : "complete");
  directory.write_description(description);
  return result;
}

SessionResult run_session(const Plan& plan, const RunOptions& options, RunDirectory& directory,
                          nlohmann::json description, const SessionHooks& hooks) {
  Eta eta(plan.runs.size(), expected_run_ns(options));
  std::size_t done = 0;
  std::uint64_t begin_ns = 0;
  RunSequence sequence;
  sequence.next = [&] { return done < plan.runs.size() ? std::optional(plan.runs[done]) : std::nullopt; };
  sequence.execute = [&](const PlannedRun& run) {
    begin_ns = hooks.now_ns();
    return hooks.execute(run);
  };
  sequence.finished = [&](const RunRecord& record) {
    ++done;
    eta.finished(hooks.now_ns() - begin_ns);
    hooks.run_finished(done, record, eta.left_ns());
  };
  sequence.interrupted = hooks.interrupted;
  return run_sequence(sequence, directory, std::move(description));
}

}  // namespace recvbench
