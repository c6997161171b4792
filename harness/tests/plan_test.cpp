#include "harness/plan/plan.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

Availability here() {
  return {};
}
Availability absent() {
  return {false, "no such call in this system", false};
}
std::unique_ptr<ReceiveEngine> nothing(const EngineSettings&) {
  return nullptr;
}
std::optional<std::uint64_t> at_most_ten(const EngineSettings&) {
  return 10;
}

EngineDescriptor descriptor(std::string_view name, Availability (*probe)() = here) {
  EngineDescriptor engine;
  engine.name = name;
  engine.protocols = {"tcp"};
  engine.probe = probe;
  engine.create = nothing;
  return engine;
}

class PlanTest : public ::testing::Test {
 protected:
  PlanTest() {
    catalog[3].synthetic = true;
    catalog[1].max_connections = at_most_ten;
    options.warmup_ns = 1'000'000'000;
    options.duration_ns = 2'000'000'000;
  }
  Plan plan() const { return make_plan(options, catalog, foreign); }
  std::string refusal() const {
    try {
      plan();
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  }

  std::array<EngineDescriptor, 4> catalog{descriptor("alpha"), descriptor("beta"), descriptor("gone", absent),
                                          descriptor("null")};
  std::array<ForeignEngine, 1> foreign{ForeignEngine{"far", "FarCall", "windows"}};
  RunOptions options;
};

TEST_F(PlanTest, EveryRoundHoldsEveryCellOnce) {
  options.engines = parse_engine_specs({"alpha", "beta"});
  options.connections = {1, 8};
  options.repeat = 5;
  const Plan made = plan();
  ASSERT_EQ(made.runs.size(), 20u);
  for (std::uint32_t round = 0; round < 5; ++round) {
    std::set<std::string> cells;
    for (std::uint32_t i = 0; i < 4; ++i) {
      const PlannedRun& run = made.runs[round * 4 + i];
      EXPECT_EQ(run.index, round * 4 + i);
      EXPECT_EQ(run.round, round);
      cells.insert(run.cell());
    }
    EXPECT_EQ(cells.size(), 4u);
  }
}

TEST_F(PlanTest, SeedDecidesTheOrderAndNothingElse) {
  options.engines = parse_engine_specs({"alpha", "beta"});
  options.connections = {1, 2, 4, 8};
  options.repeat = 3;
  const auto order = [this](std::uint64_t seed) {
    options.seed = seed;
    std::vector<std::string> cells;
    for (const PlannedRun& run : plan().runs) cells.push_back(run.cell());
    return cells;
  };
  EXPECT_EQ(order(7), order(7));
  EXPECT_NE(order(7), order(8));
  auto seven = order(7), eight = order(8);
  std::sort(seven.begin(), seven.end());
  std::sort(eight.begin(), eight.end());
  EXPECT_EQ(seven, eight);
}

TEST_F(PlanTest, ShuffleTakesEveryCellToEveryPlaceEquallyOften) {
  options.engines = parse_engine_specs({"alpha", "beta"});
  options.connections = {1, 2};
  options.repeat = 4000;
  std::map<std::string, int> first;
  for (const PlannedRun& run : plan().runs)
    if (run.index % 4 == 0) ++first[run.cell()];
  ASSERT_EQ(first.size(), 4u);
  // 1000 expected; 5 standard deviations of Bin(4000, 1/4) are 137.
  for (const auto& [cell, times] : first) EXPECT_NEAR(times, 1000, 137) << cell;
}

TEST_F(PlanTest, GlobSkipsWhatCannotRunAndSaysWhy) {
  options.rates = {10'000.0};
  const Plan made = plan();
  ASSERT_EQ(made.skipped.size(), 1u);
  EXPECT_EQ(made.skipped[0].engine, "gone");
  EXPECT_EQ(made.skipped[0].reason, "no such call in this system");
  EXPECT_EQ(made.runs.size(), 3u);
}

TEST_F(PlanTest, NamedEngineThatCannotRunIsAnError) {
  options.engines = parse_engine_specs({"gone"});
  options.rates = {1.0};
  EXPECT_EQ(refusal(), "--engine gone: not available here: no such call in this system");
}

TEST_F(PlanTest, UnknownEngineNamesTheKnownOnes) {
  options.engines = parse_engine_specs({"iopc"});
  EXPECT_EQ(refusal(), "--engine iopc: no such engine; one of all, alpha, beta, gone, null");
}

TEST_F(PlanTest, ForeignEngineIsNamedAsSuch) {
  options.engines = parse_engine_specs({"far"});
  EXPECT_EQ(
      refusal(),
      "--engine far: a windows engine (FarCall), not part of this build; here: alpha, beta, gone, null");
}

TEST_F(PlanTest, ConnectionLimitSkipsThatScenarioOnly) {
  options.engines = parse_engine_specs({"beta"});
  options.connections = {8, 64};
  const Plan made = plan();
  EXPECT_EQ(made.runs.size(), 1u);
  ASSERT_EQ(made.skipped.size(), 1u);
  EXPECT_EQ(made.skipped[0].reason, "tcp-sink-64B-c64-10k: takes at most 10 connections with these settings");
  options.connections = {64};
  EXPECT_EQ(refusal(),
            "nothing to run: beta: tcp-sink-64B-c64-10k: takes at most 10 connections with these settings");
}

TEST_F(PlanTest, AnEngineRunsTheProtocolsThatItTakes) {
  catalog[0].protocols = {"tcp", "udp"};
  options.engines = parse_engine_specs({"alpha", "beta"});
  options.connections = {8};
  options.protocols = {Protocol::tcp, Protocol::udp};
  const Plan made = plan();
  std::set<std::string> cells;
  for (const PlannedRun& run : made.runs) cells.insert(run.cell());
  EXPECT_EQ(cells, (std::set<std::string>{"alpha/tcp-sink-64B-c8-10k", "alpha/udp-sink-64B-c8-10k",
                                          "beta/tcp-sink-64B-c8-10k"}));
  ASSERT_EQ(made.skipped.size(), 1u);
  EXPECT_EQ(made.skipped[0].reason, "udp-sink-64B-c8-10k: does not receive by udp");
}

TEST_F(PlanTest, ASettingOfTheOtherProtocolIsNotMeasured) {
  catalog[0].protocols = {"tcp", "udp"};
  catalog[0].settings = {for_streams(switch_setting("streams", "", false)),
                         for_datagrams(switch_setting("datagrams", "", false))};
  options.engines = parse_engine_specs({"alpha:streams=on", "alpha:datagrams=on"});
  options.connections = {8};
  options.protocols = {Protocol::tcp, Protocol::udp};
  const Plan made = plan();
  std::set<std::string> cells;
  for (const PlannedRun& run : made.runs) cells.insert(run.cell());
  EXPECT_EQ(cells, (std::set<std::string>{"alpha:streams=on/tcp-sink-64B-c8-10k",
                                          "alpha:datagrams=on/udp-sink-64B-c8-10k"}));
  ASSERT_EQ(made.skipped.size(), 2u);
  EXPECT_EQ(made.skipped[0].reason, "udp-sink-64B-c8-10k: streams is a setting of streams");
  EXPECT_EQ(made.skipped[1].reason, "tcp-sink-64B-c8-10k: datagrams is a setting of datagrams");
}

TEST_F(PlanTest, EveryVersionOfIPIsAScenarioOfItsOwn) {
  catalog[0].protocols = {"tcp", "udp"};
  options.engines = parse_engine_specs({"alpha", "null"});
  options.rates = {std::nullopt};
  options.ip_versions = {IpVersion::v4, IpVersion::v6, IpVersion::dual, IpVersion::v6};
  options.protocols = {Protocol::tcp, Protocol::udp};
  const Plan made = plan();
  std::set<std::string> cells;
  for (const PlannedRun& run : made.runs) cells.insert(run.cell());
  EXPECT_EQ(made.runs.size(), cells.size());
  EXPECT_EQ(cells, (std::set<std::string>{"alpha/tcp-sink-64B-c8-max", "alpha/tcp-sink-64B-c8-max-v6",
                                          "alpha/tcp-sink-64B-c8-max-dual", "alpha/udp-sink-64B-c8-max",
                                          "alpha/udp-sink-64B-c8-max-v6", "alpha/udp-sink-64B-c8-max-dual",
                                          "null/tcp-sink-64B-c8-max"}))
      << "an engine without sockets has no address";
}

TEST_F(PlanTest, AProfilesScenariosTakeTheVersionOfIPToo) {
  options = profile("quick");
  options.engines = parse_engine_specs({"alpha"});
  options.ip_versions = {IpVersion::v6};
  const std::vector<Scenario> scenarios = select_scenarios(options);
  EXPECT_EQ(scenarios.size(), options.extra_scenarios.size());
  for (const Scenario& scenario : scenarios) EXPECT_TRUE(scenario.name().ends_with("-v6")) << scenario.name();
}

TEST_F(PlanTest, SocketsOfAPortAreForDatagrams) {
  for (EngineDescriptor& engine : catalog) engine.protocols = {"tcp", "udp"};
  options.engines = parse_engine_specs({"alpha", "beta"});
  options.rates = {std::nullopt};
  options.protocols = {Protocol::udp};
  options.ip_versions = {IpVersion::v6};
  options.udp_sockets = {1, 4, 11};
  const Plan made = plan();
  std::set<std::string> cells;
  for (const PlannedRun& run : made.runs) cells.insert(run.cell());
  EXPECT_EQ(cells, (std::set<std::string>{"alpha/udp-sink-64B-c8-max-v6", "alpha/udp-sink-64B-c8-max-v6-s4",
                                          "alpha/udp-sink-64B-c8-max-v6-s11", "beta/udp-sink-64B-c8-max-v6",
                                          "beta/udp-sink-64B-c8-max-v6-s4"}));
  ASSERT_EQ(made.skipped.size(), 1u);
  EXPECT_EQ(made.skipped[0].reason,
            "udp-sink-64B-c8-max-v6-s11: takes at most 10 sockets with these settings");
  options.protocols = {};
  options.udp_sockets = {1};
  EXPECT_EQ(refusal(), "");
  options.udp_sockets = {4};
  EXPECT_EQ(refusal(),
            "--udp-sockets 4: not with --protocol tcp, where every connection has a socket of its own");
}

TEST_F(PlanTest, DatagramsHaveTheirOwnLimitOfSizeAndAreNotPacked) {
  options.sizes = {65'507};
  options.rates = {std::nullopt};
  options.messages_per_send = 8;
  options.protocols = {Protocol::udp};
  ASSERT_EQ(select_scenarios(options).size(), 1u);
  EXPECT_EQ(select_scenarios(options)[0].messages_per_send, 1u);
  options.sizes = {65'508};
  EXPECT_THROW(select_scenarios(options), UsageError);
}

TEST_F(PlanTest, IdleAndReplacedConnectionsAreAxesOfStreams) {
  options.connections = {1};
  options.idle_connections = {0, 1000};
  options.messages_per_connection = {0};
  std::set<std::string> names;
  for (const Scenario& scenario : select_scenarios(options)) names.insert(scenario.name());
  EXPECT_EQ(names, (std::set<std::string>{"tcp-sink-64B-c1-10k", "tcp-sink-64B-c1-10k-idle1000"}));
  options.idle_connections = {};
  options.messages_per_connection = {0, 5};
  options.closes = {ConnectionClose::graceful, ConnectionClose::abortive};
  names.clear();
  for (const Scenario& scenario : select_scenarios(options)) names.insert(scenario.name());
  EXPECT_EQ(names, (std::set<std::string>{"tcp-sink-64B-c1-10k", "tcp-sink-64B-c1-10k-m5",
                                          "tcp-sink-64B-c1-10k-m5-abortive"}));
}

TEST_F(PlanTest, SlowPeersAreAxesAndTheNameSaysAllOfThem) {
  options.connections = {20};
  options.workloads = {Workload::echo};
  options.slow_writers = {slow_share_from("", "0"), slow_share_from("", "10%")};
  options.slow_readers = {slow_share_from("", "0"), slow_share_from("", "3")};
  options.write_pieces = {write_pieces_from("", "4:1ms"), write_pieces_from("", "64:250us")};
  std::set<std::string> names;
  for (const Scenario& scenario : select_scenarios(options)) names.insert(scenario.name());
  EXPECT_EQ(names,
            (std::set<std::string>{"tcp-echo-64B-c20-10k", "tcp-echo-64B-c20-10k-slowwriters2-4x1ms",
                                   "tcp-echo-64B-c20-10k-slowwriters2-64x250us",
                                   "tcp-echo-64B-c20-10k-slowreaders3-1KiB-10ms",
                                   "tcp-echo-64B-c20-10k-slowwriters2-4x1ms-slowreaders3-1KiB-10ms",
                                   "tcp-echo-64B-c20-10k-slowwriters2-64x250us-slowreaders3-1KiB-10ms"}));
  for (const Scenario& scenario : select_scenarios(options))
    EXPECT_EQ(scenario.measured_rate_per_s(), 500.0 * (20 - scenario.slow.connections()));
}

TEST_F(PlanTest, SlowPeersContradictWhatHasNone) {
  const auto share = [](const char* text) { return std::vector{slow_share_from("", text)}; };
  struct Case {
    std::function<void(RunOptions&)> change;
    std::string refusal;  // its begin
  };
  const Case cases[] = {
      {[](RunOptions&) {}, ""},
      {[](RunOptions& bad) { bad.protocols = {Protocol::udp}; }, "--slow-writers 1: not with --protocol udp"},
      {[](RunOptions& bad) { bad.rates = {std::nullopt}; }, "--slow-writers 1: not with --rate max"},
      {[](RunOptions& bad) { bad.closed = true; }, "--slow-writers 1: not with --mode closed"},
      {[](RunOptions& bad) { bad.messages_per_connection = {5}; },
       "--slow-writers 1: not with --messages-per-connection 5"},
      {[](RunOptions& bad) { bad.connections = {1}; }, "--slow-writers 1: of --connections 1 none is left"},
      {[&](RunOptions& bad) {
         bad.connections = {2};
         bad.slow_readers = share("50%");
       },
       "--slow-readers 50%: of --connections 2 none is left"},
      {[&](RunOptions& bad) {
         bad.workloads = {Workload::sink};
         bad.slow_readers = share("10%");
       },
       "--slow-readers 10%: not with --workload sink"},
      {[](RunOptions& bad) { bad.read_pieces = {SlowReaders{}}; },
       "--read-pieces 1KiB:10ms: only with --slow-readers"},
      {[](RunOptions& bad) {
         bad.slow_writers = {};
         bad.write_pieces = {SlowWriters{}};
       },
       "--write-pieces 4:1ms: only with --slow-writers"},
  };
  for (const Case& item : cases) {
    RunOptions bad;
    bad.workloads = {Workload::echo};
    bad.slow_writers = share("1");
    item.change(bad);
    std::string refusal;
    try {
      select_scenarios(bad);
    } catch (const UsageError& error) {
      refusal = error.what();
    }
    EXPECT_EQ(refusal.substr(0, item.refusal.size()), item.refusal);
    EXPECT_EQ(refusal.empty(), item.refusal.empty()) << refusal;
  }
}

TEST_F(PlanTest, IdleConnectionsCountAgainstTheEnginesLimit) {
  options.engines = parse_engine_specs({"beta"});
  options.connections = {4};
  options.idle_connections = {6, 7};
  const Plan made = plan();
  ASSERT_EQ(made.runs.size(), 1u);
  EXPECT_EQ(made.runs[0].cell(), "beta/tcp-sink-64B-c4-10k-idle6");
  ASSERT_EQ(made.skipped.size(), 1u);
  EXPECT_EQ(made.skipped[0].reason,
            "tcp-sink-64B-c4-10k-idle7: takes at most 10 connections with these settings");
}

TEST_F(PlanTest, SyntheticEngineRunsOnlyTheSinkCeiling) {
  options.engines = parse_engine_specs({"null"});
  options.workloads = {Workload::sink, Workload::echo};
  options.rates = {std::nullopt, 10'000.0};
  const Plan made = plan();
  ASSERT_EQ(made.runs.size(), 1u);
  EXPECT_EQ(made.runs[0].cell(), "null/tcp-sink-64B-c8-max");
}

TEST_F(PlanTest, ScenarioGlobSelects) {
  options.connections = {1, 8};
  options.scenarios = {"*-c8-*"};
  EXPECT_EQ(select_scenarios(options).size(), 1u);
  options.scenarios = {"udp-*"};
  EXPECT_THROW(select_scenarios(options), UsageError);
}

TEST_F(PlanTest, SelectingAnEngineTwiceRunsItOnce) {
  options.engines = parse_engine_specs({"alpha", "al*", "alpha"});
  options.rates = {1.0};
  EXPECT_EQ(plan().runs.size(), 1u);
}

constexpr Setting batch = number_setting("batch", "entries", 1, 1, 64);

Availability one_at_most(const EngineSettings& settings) {
  if (settings.get(batch) <= 1) return {};
  return {false, "one at a time here", false};
}

TEST_F(PlanTest, SettingsMakeEnginesOfTheirOwn) {
  catalog[0].settings = {batch};
  options.engines = parse_engine_specs({"alpha:batch=1|8", "alpha"});
  options.rates = {1.0};
  options.repeat = 2;
  const Plan made = plan();
  EXPECT_EQ(made.runs.size(), 6u);
  EXPECT_EQ(made.engines, (std::vector<std::string>{"alpha:batch=1", "alpha:batch=8", "alpha"}));
  for (const PlannedRun& run : made.runs)
    EXPECT_EQ(run.variant.settings.get(batch), run.variant.label == "alpha:batch=8" ? 8u : 1u);
}

TEST_F(PlanTest, GlobSkipsEnginesWithoutTheSetting) {
  catalog[0].settings = {batch};
  options.engines = parse_engine_specs({"*:batch=2"});
  options.rates = {1.0};
  const Plan made = plan();
  EXPECT_EQ(made.engines, std::vector<std::string>{"alpha:batch=2"});
  ASSERT_EQ(made.skipped.size(), 3u);
  EXPECT_EQ(made.skipped[0].engine, "beta");
  EXPECT_EQ(made.skipped[0].reason, "has no setting batch");
  options.engines = parse_engine_specs({"*:size=2"});
  EXPECT_EQ(refusal(), "--engine *:size=2: none of these engines has all of these settings; see list ENGINE");
}

TEST_F(PlanTest, SettingsThatCannotBeHadAreSkippedInASweepAndRefusedAlone) {
  catalog[0].settings = {batch};
  catalog[0].check = one_at_most;
  options.rates = {1.0};
  options.engines = parse_engine_specs({"alpha:batch=1|2"});
  const Plan made = plan();
  EXPECT_EQ(made.engines, std::vector<std::string>{"alpha:batch=1"});
  ASSERT_EQ(made.skipped.size(), 1u);
  EXPECT_EQ(made.skipped[0].engine, "alpha:batch=2");
  EXPECT_EQ(made.skipped[0].reason, "one at a time here");
  options.engines = parse_engine_specs({"alpha:batch=2"});
  EXPECT_EQ(refusal(), "--engine alpha:batch=2: not available here: one at a time here");
}

TEST_F(PlanTest, ExcludedCellsAreLeftOut) {
  options.engines = parse_engine_specs({"alpha", "beta"});
  options.connections = {1, 8};
  options.excluded = {"beta/*-c8-*", "*-c1-*max"};
  options.rates = {1'000.0, std::nullopt};
  std::set<std::string> cells;
  for (const PlannedRun& run : plan().runs) cells.insert(run.cell());
  EXPECT_EQ(cells, (std::set<std::string>{"alpha/tcp-sink-64B-c1-1k", "alpha/tcp-sink-64B-c8-1k",
                                          "alpha/tcp-sink-64B-c8-max", "beta/tcp-sink-64B-c1-1k"}));
  options.excluded = {"*-c1-*", "*-c8-*"};
  EXPECT_EQ(refusal(), "--exclude: nothing is left to run of 8 cells");
  options.excluded = {"gamma/*"};
  EXPECT_EQ(refusal(), "--exclude gamma/*: no such cell; the first is alpha/tcp-sink-64B-c1-1k");
}

TEST(Axes, AreWhatHasTwoValues) {
  RunOptions options;
  EXPECT_EQ(swept_axes(options), std::vector<std::string>{});
  options.connections = {8, 8};
  options.rates = {std::nullopt, 1'000.0};
  options.engines = parse_engine_specs({"alpha:batch=1|8,threads=2", "beta"});
  EXPECT_EQ(swept_axes(options), (std::vector<std::string>{"rate", "alpha:batch"}));
  options = RunOptions{};
  options.idle_connections = {0, 1'000};
  options.messages_per_connection = {0, 100};
  options.closes = {ConnectionClose::graceful, ConnectionClose::abortive};
  EXPECT_EQ(swept_axes(options), (std::vector<std::string>{"idle", "messages-per-connection", "close"}));
}

TEST(Glob, MatchesLikeAShell) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("tcp-*-c?-*", "tcp-sink-64B-c8-10k"));
  EXPECT_FALSE(glob_matches("tcp-*-c?-*", "tcp-sink-64B-c64-10k"));
  EXPECT_FALSE(glob_matches("iocp", "iocp2"));
}

TEST(Profiles, QuickRoundsFitTheirPromise) {
  const RunOptions quick = profile("quick");
  // Seven Winsock models, three scenarios; null adds one cell. Under 4 minutes with the assumed overhead.
  const std::uint64_t runs = (7 * quick.extra_scenarios.size() + 1) * quick.repeat;
  EXPECT_LT(runs * expected_run_ns(quick), 240'000'000'000u);
  EXPECT_THROW(profile("fast"), std::invalid_argument);
}

}  // namespace
}  // namespace recvbench
