// A search from its cells to search.json, with runs that are made up.
#include "harness/search/search_session.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <gtest/gtest.h>

#include "platform/process.h"

namespace recvbench {
namespace {

Availability here() {
  return {};
}

// One engine that keeps up with 10,000 messages a second.
class SearchSessionTest : public ::testing::Test {
 protected:
  SearchSessionTest() {
    engine.name = "alpha";
    engine.protocols = {"tcp"};
    engine.probe = here;
    options.rates = {OfferedRate{1'000.0, false}};
    options.duration_ns = 1'000'000'000;
    search.slo = slo_from("--slo", "p50<1ms");
    search.range = {1'000, 100'000};
    path = std::filesystem::temp_directory_path() / ("recvbench-search-" + std::to_string(process_id()));
    std::filesystem::remove_all(path);
    hooks.execute = [](const PlannedRun& run, const RunOptions&) { return outcome_of_run(run); };
    hooks.interrupted = [] { return false; };
    hooks.probe_finished = [this](const RunRecord&, const SearchedCell&) { ++probes; };
    hooks.ceiling_per_s = [](const PlannedRun&) { return std::nullopt; };
  }
  ~SearchSessionTest() override { std::filesystem::remove_all(path); }

  static RunOutcome outcome_of_run(const PlannedRun& run) {
    RunOutcome outcome;
    RunRecord& record = outcome.record;
    record.index = run.index;
    record.cell = run.cell();
    record.engine.name = record.engine.label = "alpha";
    record.engine.platform = "linux";
    record.scenario = {run.scenario.name(), "tcp", "sink", "open", 8, 64, run.scenario.rate_per_s};
    record.scenario.sizes = "64B";
    record.latency_kind = "one-way";
    record.response = LatencySummary{};
    record.response->count = 10'000;
    record.response->p50_ns = 1'000;
    record.valid = *run.scenario.rate_per_s <= 10'000;
    if (!record.valid) record.reasons = {{"rate-not-met", "too fast"}};
    return outcome;
  }
  SearchResult run() {
    const Plan plan = make_plan(options, std::span(&engine, 1), {});
    const nlohmann::json description = session_description(plan, options, {"recvbench", "search"});
    RunDirectory directory(path, description);
    return run_search(plan, options, search, directory, description, hooks);
  }
  nlohmann::json on_disk(const char* name) const { return nlohmann::json::parse(std::ifstream(path / name)); }

  EngineDescriptor engine;
  RunOptions options;
  SearchOptions search;
  std::filesystem::path path;
  SearchHooks hooks;
  std::size_t probes = 0;
};

TEST_F(SearchSessionTest, FindsTheRateAndSaysSoOnDisk) {
  const SearchResult result = run();
  ASSERT_EQ(result.cells.size(), 1u);
  EXPECT_EQ(result.cells[0].verdict, SearchVerdict::found);
  EXPECT_EQ(result.cells[0].rate_text().find(">="), std::string::npos);
  const nlohmann::json written = on_disk("search.json");
  EXPECT_EQ(written["status"], "complete");
  EXPECT_EQ(written["error"], nullptr);
  EXPECT_EQ(written["cells"][0]["generator_ceiling_per_s"], nullptr);
  EXPECT_EQ(written["cells"][0]["probes"].size(), probes);
}

TEST_F(SearchSessionTest, ARateNearTheGeneratorsCeilingIsALowerBound) {
  for (const auto& [ceiling, verdict] :
       {std::pair{12'000.0, SearchVerdict::generator_limit}, std::pair{13'000.0, SearchVerdict::found}}) {
    std::filesystem::remove_all(path);
    hooks.ceiling_per_s = [ceiling = ceiling](const PlannedRun&) { return std::optional(ceiling); };
    const SearchResult result = run();
    const SearchedCell& cell = result.cells[0];
    ASSERT_TRUE(cell.rate_per_s);
    ASSERT_GE(*cell.rate_per_s, 9'600) << "four fifths of 12k";
    ASSERT_LE(*cell.rate_per_s, 10'000) << "less than four fifths of 13k";
    EXPECT_EQ(cell.verdict, verdict) << ceiling;
    EXPECT_EQ(cell.rate_text().substr(0, 3) == ">= ", verdict == SearchVerdict::generator_limit);
    EXPECT_EQ(on_disk("search.json")["cells"][0]["generator_ceiling_per_s"], ceiling);
    EXPECT_EQ(on_disk("search.json")["cells"][0]["verdict"], to_string(verdict));
    const std::string table = render(result, TableFormat::table);
    EXPECT_EQ(table.find("(generator limit)") != std::string::npos, verdict == SearchVerdict::generator_limit)
        << table;
  }
}

TEST_F(SearchSessionTest, AFailureIsReportedAndWrittenDown) {
  hooks.execute = [this](const PlannedRun& planned, const RunOptions&) {
    if (probes == 2) throw std::runtime_error("no space left");
    return outcome_of_run(planned);
  };
  EXPECT_THROW(run(), std::runtime_error);
  for (const char* name : {"search.json", "run.json"}) {
    EXPECT_EQ(on_disk(name)["status"], "failed") << name;
    EXPECT_EQ(on_disk(name)["error"], "no space left") << name;
  }
  EXPECT_EQ(on_disk("search.json")["cells"][0]["verdict"], "undecided");
  EXPECT_EQ(on_disk("search.json")["cells"][0]["probes"].size(), 2u) << "what was found before";
}

TEST_F(SearchSessionTest, AnUnwritableSearchFileFailsTheSession) {
  hooks.probe_finished = [this](const RunRecord&, const SearchedCell&) {
    // Neither a file nor its temporary twin can take the place of a directory with something in it.
    std::filesystem::remove(path / "search.json");
    std::filesystem::create_directories(path / "search.json" / "in the way");
  };
  EXPECT_THROW(run(), std::system_error);
  EXPECT_EQ(on_disk("run.json")["status"], "failed");
  EXPECT_NE(on_disk("run.json")["error"].get<std::string>().find("search.json"), std::string::npos);
}

TEST_F(SearchSessionTest, AProbeThatWasBrokenOffSaysNothingOfTheRate) {
  hooks.execute = [this](const PlannedRun& planned, const RunOptions&) {
    RunOutcome outcome = outcome_of_run(planned);
    if (probes < 2) return outcome;
    outcome.record.valid = false;
    outcome.record.reasons = {{"interrupted", "by a second Ctrl-C"}};
    return outcome;
  };
  const SearchResult result = run();
  EXPECT_EQ(result.status, "interrupted");
  EXPECT_EQ(result.cells[0].verdict, SearchVerdict::undecided);
  EXPECT_EQ(result.cells[0].probes.size(), 2u);
  EXPECT_EQ(read_runs(path).size(), 3u);
  EXPECT_EQ(on_disk("search.json")["status"], "interrupted");
}

}  // namespace
}  // namespace recvbench
