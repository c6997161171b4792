#include "harness/run/session.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "harness/run/progress.h"
#include "platform/process.h"
#include "results/reasons.h"

namespace recvbench {
namespace {

Availability here() {
  return {};
}

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() {
    engine.name = "alpha";
    engine.protocols = {"tcp"};
    engine.probe = here;
    options.rates = {1.0, 2.0};
    options.repeat = 2;
    options.warmup_ns = 1'000'000'000;
    options.duration_ns = 1'000'000'000;
    plan = make_plan(options, std::span(&engine, 1), {});
    path = std::filesystem::temp_directory_path() / ("recvbench-session-" + std::to_string(process_id()));
    std::filesystem::remove_all(path);
    hooks.execute = [this](const PlannedRun& run) {
      clock_ns += 3'000'000'000;
      RunOutcome outcome = empty_outcome();
      outcome.record.index = run.index;
      outcome.record.cell = run.cell();
      outcome.record.valid = run.index != 1;
      if (!outcome.record.valid) outcome.record.reasons = {{"lost", "one"}};
      return outcome;
    };
    hooks.interrupted = [] { return false; };
    hooks.now_ns = [this] { return clock_ns; };
    hooks.run_finished = [this](std::size_t, const RunRecord&, std::uint64_t eta_ns) {
      etas.push_back(eta_ns);
    };
  }
  ~SessionTest() override { std::filesystem::remove_all(path); }

  // A record that the schema accepts.
  static RunOutcome empty_outcome() {
    RunOutcome outcome;
    outcome.record.scenario = {"tcp-sink-64B-c8-10k", "tcp", "sink", "open", 8, 64, 10'000.0};
    outcome.record.scenario.sizes = "64B";
    outcome.record.engine.name = "alpha";
    outcome.record.engine.platform = "linux";
    outcome.record.latency_kind = "none";
    outcome.record.valid = true;
    return outcome;
  }
  SessionResult run() {
    const nlohmann::json description = session_description(plan, options, {"recvbench", "run"});
    RunDirectory directory(path, description);
    return run_session(plan, options, directory, description, hooks);
  }
  nlohmann::json description_on_disk() const {
    return nlohmann::json::parse(std::ifstream(path / "run.json"));
  }

  EngineDescriptor engine;
  RunOptions options;
  Plan plan;
  std::filesystem::path path;
  SessionHooks hooks;
  std::uint64_t clock_ns = 0;
  std::vector<std::uint64_t> etas;
};

TEST_F(SessionTest, WritesEveryRunInOrderAndCompletes) {
  EXPECT_EQ(run().records.size(), 4u);
  const auto records = read_runs(path);
  ASSERT_EQ(records.size(), 4u);
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_EQ(records[i].index, i);
  const auto description = description_on_disk();
  EXPECT_EQ(description["status"], "complete");
  EXPECT_EQ(description["runs_total"], 4);
  EXPECT_EQ(description["runs_valid"], 3);
  EXPECT_EQ(description["engines"], nlohmann::json::array({"alpha"}));
  EXPECT_EQ(description["plan"].size(), 4u);
}

TEST_F(SessionTest, EtaFollowsWhatRunsReallyTake) {
  run();
  EXPECT_EQ(etas, (std::vector<std::uint64_t>{9'000'000'000, 6'000'000'000, 3'000'000'000, 0}));
}

TEST_F(SessionTest, InterruptKeepsWhatIsDone) {
  hooks.interrupted = [this] { return etas.size() == 2; };
  EXPECT_TRUE(run().interrupted);
  EXPECT_EQ(read_runs(path).size(), 2u);
  EXPECT_EQ(description_on_disk()["status"], "interrupted");
  EXPECT_EQ(description_on_disk()["error"], nullptr);
}

TEST_F(SessionTest, ARunThatWasBrokenOffIsKeptAndTheLast) {
  hooks.execute = [](const PlannedRun& planned) {
    RunOutcome outcome = empty_outcome();
    outcome.record.index = planned.index;
    outcome.record.cell = planned.cell();
    outcome.record.valid = false;
    outcome.record.reasons = {{"interrupted", "by a second Ctrl-C"}};
    return outcome;
  };
  const SessionResult result = run();
  EXPECT_TRUE(result.interrupted);
  const auto records = read_runs(path);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_TRUE(was_broken_off(records[0]));
  EXPECT_NE(find_reason(records[0].reasons[0].code), nullptr);
  EXPECT_EQ(description_on_disk()["status"], "interrupted");
  EXPECT_EQ(cells_not_run(plan, result.records).size(), 1u) << "of two cells";
  EXPECT_EQ(cells_not_run(plan, {}).size(), 2u);
}

TEST_F(SessionTest, ABreakInTheLastRunIsNotACompletion) {
  hooks.execute = [this](const PlannedRun& planned) {
    RunOutcome outcome = empty_outcome();
    outcome.record.cell = planned.cell();
    if (etas.size() == 3) {
      outcome.record.valid = false;
      outcome.record.reasons = {{"interrupted", ""}};
    }
    return outcome;
  };
  EXPECT_TRUE(run().interrupted);
  EXPECT_EQ(read_runs(path).size(), 4u);
}

TEST_F(SessionTest, AFailureIsReportedAndWrittenDown) {
  hooks.execute = [this](const PlannedRun&) -> RunOutcome {
    if (etas.size() == 1) throw std::runtime_error("out of things");
    return empty_outcome();
  };
  EXPECT_THROW(run(), std::runtime_error);
  EXPECT_EQ(read_runs(path).size(), 1u);
  EXPECT_EQ(description_on_disk()["status"], "failed");
  EXPECT_EQ(description_on_disk()["error"], "out of things");
}

TEST(Progress, FinishedLineNamesCellFiguresAndEta) {
  RunRecord record;
  record.engine.label = "iocp";
  record.scenario = {"", "tcp", "sink", "open", 1000, 64, 10'000.0};
  record.scenario.sizes = "64B";
  record.valid = true;
  record.response = LatencySummary{};
  record.response->p50_ns = 98'300;
  record.response->p99_ns = 1'200'000;
  EXPECT_EQ(finished_line(7, 160, record, 843'000'000'000),
            "[7/160] iocp tcp sink 64B c=1000 10k/s p50=98.3 us p99=1.20 ms ETA 14m 03s");
  record.valid = false;
  record.reasons = {{"lost", "sent 5, received 4"}};
  EXPECT_EQ(finished_line(160, 160, record, 0),
            "[160/160] iocp tcp sink 64B c=1000 10k/s INVALID lost: sent 5, received 4");
}

}  // namespace
}  // namespace recvbench
