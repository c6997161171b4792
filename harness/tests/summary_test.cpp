#include "harness/summary.h"

#include <sstream>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

RunRecord record(const std::string& engine, std::int64_t p50_ns, double cpu_ns) {
  RunRecord run;
  run.engine.name = run.engine.label = engine;
  run.scenario = {"tcp-sink-64B-c8-10k", "tcp", "sink", "constant", 8, 64, 10'000.0};
  run.cell = engine + "/" + run.scenario.name;
  run.valid = true;
  run.latency_kind = "one-way";
  run.rates.received_per_s = 10'000;
  LatencySummary response;
  response.count = 15'000;
  response.p50_ns = p50_ns;
  response.p99_ns = p50_ns * 3;
  response.p999_ns = p50_ns * 5;
  response.max_ns = p50_ns * 9;
  run.response = response;
  run.cost.cpu_ns_per_message = cpu_ns;
  return run;
}

RunRecord invalid(const std::string& engine) {
  RunRecord run = record(engine, 1, 1);
  run.valid = false;
  run.reasons = {{"lost", "sent 5, received 4"}};
  return run;
}

std::vector<CellSummary> cells(const std::vector<RunRecord>& records) {
  return summarize_cells(records, {"iocp", "select"});
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, line.size());
  return widest;
}

TEST(Summary, TakesTheMedianOfRunsAndLeavesInvalidOnesOut) {
  const auto summary = cells({record("iocp", 90'000, 10), record("iocp", 100'000, 30),
                              record("iocp", 500'000, 20), invalid("iocp")});
  ASSERT_EQ(summary.size(), 1u);
  EXPECT_EQ(summary[0].runs, 4u);
  EXPECT_EQ(summary[0].valid_runs, 3u);
  EXPECT_EQ(summary[0].p50_ns, 100'000);
  EXPECT_EQ(summary[0].cpu_ns_per_message, 20);
  EXPECT_EQ(summary[0].reason, "lost: sent 5, received 4");
}

TEST(Summary, AFigureThatARunCouldNotStateIsNotStated) {
  auto run = record("iocp", 100'000, 10);
  run.response->p999_ns.reset();
  const auto summary = cells({run, record("iocp", 100'000, 10)});
  EXPECT_FALSE(summary[0].p999_ns);
  EXPECT_TRUE(summary[0].p99_ns);
}

TEST(Summary, FollowsTheCatalogsOrder) {
  const auto summary = cells({record("zeta", 1, 1), record("select", 1, 1), record("iocp", 1, 1)});
  ASSERT_EQ(summary.size(), 3u);
  EXPECT_EQ(summary[0].engine, "iocp");
  EXPECT_EQ(summary[1].engine, "select");
  EXPECT_EQ(summary[2].engine, "zeta");
}

TEST(SummaryTable, MarksTheBestAndFitsEightyColumns) {
  auto emulated = record("completion-routine", 1'000, 1);
  emulated.engine.emulated = true;
  const std::string text =
      render(cells({record("iocp", 90'000, 200), record("select", 333'000, 100), emulated, invalid("rio")}),
             "Wine 8.0, not Windows", TableFormat::table);
  EXPECT_LE(widest_line(text), 80u) << text;
  EXPECT_NE(text.find("90.0 us*"), std::string::npos) << text;
  EXPECT_NE(text.find("100 ns*"), std::string::npos) << text;
  // An emulated engine is shown and never best; an invalid one has no figures.
  EXPECT_EQ(text.find("1.00 us*"), std::string::npos) << text;
  EXPECT_NE(text.find("INVALID lost"), std::string::npos) << text;
  EXPECT_NE(text.find("invalid 1/1 rio tcp-sink-64B-c8-10k: lost: sent 5, received 4"), std::string::npos)
      << text;
  EXPECT_NE(text.find("Wine 8.0, not Windows"), std::string::npos) << text;
}

TEST(SummaryTable, ALoneEngineIsNotTheBestOfAnything) {
  const std::string text = render(cells({record("iocp", 90'000, 200)}), "", TableFormat::table);
  EXPECT_EQ(text.find("us*"), std::string::npos) << text;
}

TEST(SummaryCsv, QuotesReasonsAndLeavesMissingFiguresEmpty) {
  const std::string text = render(cells({invalid("iocp")}), "", TableFormat::csv);
  EXPECT_EQ(text,
            "engine,remark,scenario,latency_kind,runs,valid_runs,reason,received_per_s,p50_ns,p99_ns,p999_ns,"
            "max_ns,cpu_ns_per_message\n"
            "iocp,,tcp-sink-64B-c8-10k,one-way,1,0,\"lost: sent 5, received 4\",,,,,,\n");
}

TEST(SummaryJson, KeepsNumbersExactAndMissingOnesNull) {
  const auto json = nlohmann::json::parse(
      render(cells({record("iocp", 90'001, 7), invalid("select")}), "", TableFormat::json));
  EXPECT_EQ(json["cells"][0]["p50_ns"], 90'001);
  EXPECT_TRUE(json["cells"][1]["p50_ns"].is_null());
}

TEST(SummaryMarkdown, HasARowAnEngine) {
  const std::string text =
      render(cells({record("iocp", 90'000, 200), record("select", 333'000, 100)}), "", TableFormat::markdown);
  EXPECT_NE(text.find("| iocp | 10.0k | **90.0 us** |"), std::string::npos) << text;
}

}  // namespace
}  // namespace recvbench
