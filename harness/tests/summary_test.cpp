#include "harness/summary/summary_table.h"

#include <sstream>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

RunRecord record(const std::string& engine, std::int64_t p50_ns, double cpu_ns) {
  RunRecord run;
  run.engine.name = run.engine.label = engine;
  run.scenario = {"tcp-sink-64B-c8-10k", "tcp", "sink", "open", 8, 64, 10'000.0};
  run.scenario.sizes = "64B";
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

TEST(Summary, ScenariosStandByTheirNumbersAndEnginesAsAskedFor) {
  std::vector<RunRecord> records;
  for (const std::uint32_t connections : {256u, 16u, 8u})
    for (const char* engine : {"select", "iocp"}) {
      RunRecord run = record(engine, 1000, 10);
      run.scenario.connections = connections;
      run.scenario.name = "tcp-sink-64B-c" + std::to_string(connections) + "-10k";
      records.push_back(run);
    }
  std::vector<std::string> order;
  for (const CellSummary& cell : cells(records)) order.push_back(cell.engine + " " + cell.scenario.name);
  EXPECT_EQ(order, (std::vector<std::string>{"iocp tcp-sink-64B-c8-10k", "select tcp-sink-64B-c8-10k",
                                             "iocp tcp-sink-64B-c16-10k", "select tcp-sink-64B-c16-10k",
                                             "iocp tcp-sink-64B-c256-10k", "select tcp-sink-64B-c256-10k"}));
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

// As fast as possible; `limited`: at so many a second the generator was near its ceiling.
RunRecord flat_out(const std::string& engine, double per_s, bool limited, std::int64_t p50_ns = 90'000) {
  RunRecord run = record(engine, p50_ns, 100);
  run.scenario.name = "tcp-sink-64B-c8-max";
  run.scenario.mode = "max";
  run.scenario.rate_per_s.reset();
  run.rates.received_per_s = per_s;
  run.rates.generator_limited = limited;
  return run;
}

TEST(SummaryCeiling, ARateThatIsTheGeneratorsIsALowerBoundAndNeverBest) {
  const auto limited =
      cells({flat_out("iocp", 1'230'000, true, 90'000), flat_out("select", 405'000, false, 91'000),
             flat_out("overlapped-event", 1'100'000, true, 92'000)});
  const std::string table = render(limited, "", TableFormat::table);
  EXPECT_LE(widest_line(table), 80u) << table;
  EXPECT_NE(table.find(">= 1.23M "), std::string::npos) << table;
  EXPECT_NE(table.find("   405k "), std::string::npos) << table;
  EXPECT_EQ(table.find("M*"), std::string::npos) << table;
  EXPECT_EQ(table.find("k*"), std::string::npos) << "behind one that took more: " << table;
  EXPECT_NE(table.find("90.0 us*"), std::string::npos) << "other columns have their best: " << table;
  EXPECT_NE(table.find("generator limit"), std::string::npos) << table;
  const std::string markdown = render(limited, "", TableFormat::markdown);
  EXPECT_NE(markdown.find("| iocp | >= 1.23M |"), std::string::npos) << markdown;
  EXPECT_NE(markdown.find("generator limit"), std::string::npos) << markdown;
  const std::string csv = render(limited, "", TableFormat::csv);
  EXPECT_NE(csv.find(",>= (generator limit),1230000.0,"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",,405000.0,"), std::string::npos) << csv;
  const auto json = nlohmann::json::parse(render(limited, "", TableFormat::json));
  EXPECT_EQ(json["cells"][0]["generator_limited"], true);
  EXPECT_EQ(json["cells"][1]["generator_limited"], false);
}

TEST(SummaryCeiling, WithoutItRatesAreRankedAndNothingIsSaid) {
  const auto free = cells({flat_out("iocp", 1'230'000, false), flat_out("select", 405'000, false)});
  const std::string table = render(free, "", TableFormat::table);
  EXPECT_NE(table.find(" 1.23M*"), std::string::npos) << table;
  EXPECT_EQ(table.find(">="), std::string::npos) << table;
  EXPECT_EQ(table.find("generator limit"), std::string::npos) << table;
}

TEST(SummaryCeiling, OneValidRunNearTheCeilingBoundsTheCell) {
  auto broken = flat_out("select", 9, true);
  broken.valid = false;
  broken.reasons = {{"lost", "one"}};
  const auto both =
      cells({flat_out("iocp", 9, false), flat_out("iocp", 9, true), flat_out("select", 9, false), broken});
  EXPECT_TRUE(both[0].generator_limited);
  EXPECT_FALSE(both[1].generator_limited);
}

TEST(SummaryTable, SaysOnceWhatACodeMeansAndWhatToDo) {
  const std::string text = render(cells({invalid("iocp"), invalid("select")}), "", TableFormat::table);
  EXPECT_EQ(text.find("What to do: "), text.rfind("What to do: ")) << text;
  EXPECT_NE(text.find("lost: messages that were sent were not received"), std::string::npos) << text;
}

TEST(SummaryTable, ALoneEngineIsNotTheBestOfAnything) {
  const std::string text = render(cells({record("iocp", 90'000, 200)}), "", TableFormat::table);
  EXPECT_EQ(text.find("us*"), std::string::npos) << text;
}

// A run over UDP that lost so many of the 15,000 datagrams of its window.
RunRecord lossy(const std::string& engine, std::int64_t p50_ns, std::uint64_t lost) {
  RunRecord run = record(engine, p50_ns, 100);
  run.scenario.name = "udp-sink-64B-c8-10k";
  run.scenario.protocol = "udp";
  run.datagrams = DatagramCounts{};
  run.counts.window_sent = 15'000;
  run.counts.window_received = 15'000 - lost;
  return run;
}

TEST(SummaryLoss, IsThatOfTheWorstValidRun) {
  auto bad = lossy("iocp", 1, 9'000);
  bad.valid = false;
  bad.reasons = {{"rate-not-met", ""}};
  const auto summary = cells({lossy("iocp", 1, 0), lossy("iocp", 1, 3), lossy("iocp", 1, 0), bad});
  EXPECT_EQ(summary[0].loss_share, 3.0 / 15'000);
}

TEST(SummaryLoss, WhoLosesIsBestOfNothingWhileAnotherDoesNot) {
  // 15 of 15,000 are the bound, 16 are past it.
  const auto text = [](std::uint64_t lost_by_the_fastest, std::uint64_t lost_by_the_rest) {
    return render(
        cells({lossy("iocp", 90'000, lost_by_the_fastest), lossy("select", 333'000, lost_by_the_rest),
               lossy("zeta", 444'000, lost_by_the_rest)}),
        "", TableFormat::table);
  };
  const std::string at_the_bound = text(15, 0);
  EXPECT_NE(at_the_bound.find("90.0 us*"), std::string::npos) << at_the_bound;
  EXPECT_NE(at_the_bound.find("0.10%\n"), std::string::npos) << at_the_bound;
  EXPECT_EQ(at_the_bound.find("0.10%!"), std::string::npos) << at_the_bound;
  const std::string past_it = text(16, 0);
  EXPECT_EQ(past_it.find("90.0 us*"), std::string::npos) << past_it;
  EXPECT_NE(past_it.find("333 us*"), std::string::npos) << past_it;
  EXPECT_NE(past_it.find("0.11%!"), std::string::npos) << past_it;
  // Nor for a figure that is no better than the best's.
  EXPECT_NE(past_it.find("100 ns  0.11%!"), std::string::npos) << past_it;
  EXPECT_NE(past_it.find("100 ns*    0%"), std::string::npos) << past_it;
  const std::string all_lose = text(150, 16);
  EXPECT_NE(all_lose.find("90.0 us*"), std::string::npos) << all_lose;
}

TEST(SummaryLoss, HasAColumnOverUdpOnlyAndFitsEightyColumns) {
  auto unsure = lossy("completion-routine", 999'000'000, 14'999);
  unsure.engine.emulated = true;
  const auto summary = cells({lossy("iocp", 900'400, 1), lossy("select", 333'000, 2'000),
                              lossy("overlapped-event", 1, 0), unsure, record("iocp", 90'000, 200)});
  const std::string table = render(summary, "Wine 8.0, not Windows", TableFormat::table);
  EXPECT_LE(widest_line(table), 80u) << table;
  EXPECT_NE(table.find("CPU/msg\niocp"), std::string::npos) << "TCP has no loss\n" << table;
  EXPECT_NE(table.find("CPU/msg   loss\niocp"), std::string::npos) << table;
  for (const char* shown : {"0.01%\n", "13.3%!\n", " 0%\n", "100%!\n", "loss: datagrams"})
    EXPECT_NE(table.find(shown), std::string::npos) << shown << "\n" << table;
  EXPECT_EQ(render(cells({record("iocp", 1, 1)}), "", TableFormat::table).find("loss"), std::string::npos);
}

TEST(SummaryLoss, IsInEveryFormatExactly) {
  const auto summary = cells({lossy("iocp", 90'000, 1), lossy("select", 333'000, 2'000)});
  const std::string markdown = render(summary, "", TableFormat::markdown);
  EXPECT_NE(markdown.find("| CPU/msg | loss | valid |"), std::string::npos) << markdown;
  EXPECT_NE(markdown.find(" | 13.3%! | 1/1 |"), std::string::npos) << markdown;
  const auto json = nlohmann::json::parse(render(summary, "", TableFormat::json));
  EXPECT_EQ(json["cells"][0]["loss_share"], 1.0 / 15'000);
  EXPECT_EQ(json["cells"][1]["loss_share"], 2'000.0 / 15'000);
  const std::string csv = render(summary, "", TableFormat::csv);
  EXPECT_NE(csv.find(",6.66666667e-05\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",0.133333333\n"), std::string::npos) << csv;
}

TEST(SummaryTable, SaysOnceWhatWasAskedAndNotDone) {
  auto one = record("iocp", 90'000, 200);
  one.warnings = {{"short-warmup", "1 s"}, {"threads-past-sockets", "4 threads, 1 socket"}};
  auto other = record("select", 90'000, 200);
  other.warnings = {{"threads-past-sockets", "4 threads, 1 socket"},
                    {"socket-buffer-smaller", "granted 208KiB of 4MiB"}};
  for (const TableFormat format : {TableFormat::table, TableFormat::markdown}) {
    // Wherever its lines end.
    std::istringstream rendered(render(cells({one, one, other}), "", format));
    std::string text;
    for (std::string word; rendered >> word;) text += word + " ";
    EXPECT_NE(text.find("(4 threads, 1 socket): iocp select "), std::string::npos) << text;
    EXPECT_NE(text.find("(granted 208KiB of 4MiB): select "), std::string::npos) << text;
    EXPECT_EQ(text.find("warm-up"), std::string::npos) << text;
    EXPECT_EQ(text.find("more receive threads"), text.rfind("more receive threads")) << text;
  }
}

TEST(SummaryCsv, QuotesReasonsAndLeavesMissingFiguresEmpty) {
  const std::string text = render(cells({invalid("iocp")}), "", TableFormat::csv);
  EXPECT_EQ(
      text,
      "engine,remark,scenario,latency_kind,runs,valid_runs,reason,rate_note,received_per_s,p50_ns,p99_ns,"
      "p999_ns,max_ns,cpu_ns_per_message,loss_share\n"
      "iocp,,tcp-sink-64B-c8-10k,one-way,1,0,\"lost: sent 5, received 4\",,,,,,,,\n");
}

TEST(SummaryJson, KeepsNumbersExactAndMissingOnesNull) {
  const auto json = nlohmann::json::parse(
      render(cells({record("iocp", 90'001, 7), invalid("select")}), "", TableFormat::json));
  EXPECT_EQ(json["cells"][0]["p50_ns"], 90'001);
  EXPECT_TRUE(json["cells"][1]["p50_ns"].is_null());
}

// A path on Linux, a system's message in another code page: bytes, whatever they mean.
TEST(SummaryJson, IsTextWhereAReasonIsNone) {
  RunRecord failed = invalid("select");
  failed.reasons = {{"failed",
                     "/tmp/b\xe4"
                     "d.so"}};
  const auto json = nlohmann::json::parse(render(cells({failed}), "\xff", TableFormat::json));
  EXPECT_EQ(json["cells"][0]["reason"],
            "failed: /tmp/b\xef\xbf\xbd"
            "d.so");
  EXPECT_EQ(json["environment"], "\xef\xbf\xbd");
}

TEST(SummaryMarkdown, HasARowAnEngine) {
  const std::string text =
      render(cells({record("iocp", 90'000, 200), record("select", 333'000, 100)}), "", TableFormat::markdown);
  EXPECT_NE(text.find("| iocp | 10.0k | **90.0 us** |"), std::string::npos) << text;
}

}  // namespace
}  // namespace recvbench
