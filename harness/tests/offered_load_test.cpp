// What --mode, --rate, --arrival and --think mean together, and recorded arrival files line by line.
#include "harness/plan/offered_load.h"

#include <sstream>

#include <gtest/gtest.h>

#include "harness/plan/option_values.h"
#include "harness/plan/run_options.h"
#include "harness/plan/usage_error.h"

namespace recvbench {
namespace {

using Kind = ArrivalPattern::Kind;

template <class Attempt>
std::string refusal(Attempt attempt) {
  try {
    attempt();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

ArrivalChoice arrival(const std::string& text) {
  return arrival_from("--arrival", text);
}

RunOptions some_options() {
  RunOptions options;
  options.warmup_ns = 1'000'000'000;
  options.duration_ns = 2'000'000'000;
  return options;
}

// Names of an echo over 8 connections under each load.
std::vector<std::string> names(const RunOptions& options) {
  std::vector<std::string> list;
  for (const OfferedLoad& load : offered_loads(options)) {
    Scenario scenario;
    scenario.workload = Workload::echo;
    scenario.connections = 8;
    load.apply_to(scenario);
    list.push_back(scenario.name().substr(std::string("tcp-echo-64B-c8-").size()));
  }
  return list;
}

ArrivalChoice recording(std::vector<Recording::Message> messages) {
  return {"trace.txt",
          {Kind::replay, 1, {}, std::make_shared<Recording>(Recording{"trace", std::move(messages)})}};
}

TEST(ArrivalOption, SaysPatternAndRate) {
  EXPECT_EQ(arrival("constant").pattern, ArrivalPattern{});
  EXPECT_EQ(arrival("poisson").pattern.kind, Kind::poisson);
  EXPECT_FALSE(arrival("poisson").says_rate());
  EXPECT_EQ(arrival("burst:32").pattern.burst, 32u);
  EXPECT_FALSE(arrival("burst:1k").says_rate());
  EXPECT_EQ(arrival("burst:32:10ms").burst_rate_per_s, 3'200);
  EXPECT_TRUE(arrival("burst:32:10ms").says_rate());
  EXPECT_EQ(arrival("ramp:1k:10k").pattern.rates_per_s, (std::vector<double>{1'000, 10'000}));
  EXPECT_EQ(arrival("ramp:0:10k").pattern.rates_per_s.front(), 0);
  EXPECT_EQ(arrival("step:1k:0:2k").pattern.kind, Kind::step);
  EXPECT_TRUE(arrival("step:1k:0:2k").says_rate());
}

TEST(ArrivalOption, RefusesWhatIsNone) {
  for (const char* text : {"burst",
                           "burst:",
                           "burst:0",
                           "burst:1.5",
                           "burst:2m",
                           "burst:32:",
                           "burst:32:0",
                           "burst:32:1ms:9",
                           "burst:1m:1ns",
                           "ramp:1k",
                           "ramp:1k:2k:3k",
                           "ramp:0:0",
                           "ramp:1k:2g",
                           "ramp:1k:",
                           "step:1k",
                           "step:0:0",
                           "step:1k:x",
                           "step:1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17",
                           "Poisson",
                           "",
                           "/nonexistent/file"}) {
    const std::string complaint = refusal([&] { arrival(text); });
    EXPECT_EQ(complaint.rfind("--arrival " + std::string(text) + ": ", 0), 0u) << text << ": " << complaint;
  }
}

Recording recorded(const std::string& text) {
  std::istringstream file(text);
  return read_recording(file, "trace");
}

TEST(Recording, HoldsAMessageALine) {
  const std::vector<Recording::Message> expected = {
      {0}, {1'500'000}, {1'500'000, 3}, {2'000'000, 0}, {3'000'000'000}};
  EXPECT_EQ(recorded("# a trace\n0\n\n1.5ms\n1500000 3   # the third\r\n 2ms\t0\n3s\n").messages, expected);
}

TEST(Recording, NamesTheLineThatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "holds no message"},
      {"# nothing\n\n", "holds no message"},
      {"0\nsoon\n", "line 2: not a time"},
      {"1.5\n", "line 1: not a time"},  // of what?
      {"-1\n", "line 1: not a time"},
      {"2h\n", "line 1: not a time in ns or with a unit, within an hour"},
      {"0\n\n5 x\n", "line 3: after the time only the number of a connection"},
      {"5 -1\n", "line 1: after the time"},
      {"5 4294967295\n", "line 1: after the time"},
      {"5 1 2\n", "line 1: after the time"},
      {"7\n7\n6\n", "line 3: earlier than the line before"},
  };
  for (const auto& [text, complaint] : cases) {
    const std::string said = refusal([&, recording = text] { recorded(recording); });
    EXPECT_EQ(said.rfind(complaint, 0), 0u) << text << ": " << said;
  }
}

TEST(OfferedLoads, AreAModestConstantRateWhereNothingIsAsked) {
  EXPECT_EQ(names(some_options()), (std::vector<std::string>{"10k"}));
}

TEST(OfferedLoads, AreTheCrossProductAndHaveStableNames) {
  RunOptions options = some_options();
  options.rates = {1'000.0, OfferedRate(500, true)};
  options.arrivals = {arrival("constant"), arrival("poisson"), arrival("burst:32")};
  EXPECT_EQ(names(options),
            (std::vector<std::string>{"1k", "4k", "1k-poisson", "4k-poisson", "1k-burst32", "4k-burst32"}));
  options.arrivals = {};
  options.rates = {std::nullopt, 2'500.0};
  EXPECT_EQ(names(options), (std::vector<std::string>{"max", "2.5k"}));
}

TEST(OfferedLoads, TakeTheRateThatAPatternSays) {
  RunOptions options = some_options();
  options.arrivals = {arrival("burst:32:10ms"), arrival("ramp:1k:10k"), arrival("step:1k:5k:0"),
                      recording({{0}, {2'000'000'000}, {2'999'999'999}})};
  EXPECT_EQ(names(options),
            (std::vector<std::string>{"3.2k-burst32", "ramp1k-10k", "step1k-5k-0", "replay-trace"}));
  std::vector<double> rates;
  for (const OfferedLoad& load : offered_loads(options)) rates.push_back(load.rate->per_s);
  EXPECT_EQ(rates, (std::vector<double>{3'200, 5'500, 2'000, 1}));
}

TEST(OfferedLoads, OfAClosedLoopHaveNoRate) {
  RunOptions options = some_options();
  options.closed = true;
  EXPECT_EQ(names(options), (std::vector<std::string>{"closed"}));
  options.thinks_ns = {0, 1'000'000, 1'500};
  EXPECT_EQ(names(options), (std::vector<std::string>{"closed", "closed-think1ms", "closed-think1.5us"}));
  for (const OfferedLoad& load : offered_loads(options)) {
    Scenario scenario;
    load.apply_to(scenario);
    EXPECT_EQ(scenario.mode(), LoadMode::closed);
    EXPECT_FALSE(scenario.rate_per_s);
  }
}

TEST(OfferedLoads, ThatContradictThemselvesAreRefusedNamingBothOptions) {
  struct Case {
    void (*ask)(RunOptions&);
    const char* one;
    const char* other;
  };
  const Case cases[] = {
      {[](RunOptions& o) { o.closed = true, o.rates = {1'000.0}; }, "--rate 1k", "--mode closed"},
      {[](RunOptions& o) { o.closed = true, o.rates = {std::nullopt}; }, "--rate max", "--mode closed"},
      {[](RunOptions& o) { o.closed = true, o.arrivals = {arrival("poisson")}; }, "--arrival poisson",
       "--mode closed"},
      {[](RunOptions& o) {
         o.closed = true, o.workloads = {Workload::echo, Workload::sink};
       },
       "--workload sink", "--mode closed"},
      {[](RunOptions& o) { o.closed = true, o.in_flight = 4; }, "--in-flight 4", "--mode closed"},
      {[](RunOptions& o) { o.thinks_ns = {1'000'000}; }, "--think 1ms", "--mode open"},
      {[](RunOptions& o) {
         o.arrivals = {arrival("poisson")}, o.rates = {1.0, std::nullopt};
       },
       "--arrival poisson", "--rate max"},
      {[](RunOptions& o) { o.arrivals = {arrival("constant")}, o.rates = {std::nullopt}; },
       "--arrival constant", "--rate max"},
      {[](RunOptions& o) { o.arrivals = {arrival("ramp:1:2")}, o.rates = {5'000.0}; }, "--arrival ramp:1:2",
       "--rate 5k"},
      {[](RunOptions& o) { o.arrivals = {arrival("step:1:2")}, o.rates = {OfferedRate(5, true)}; },
       "--arrival step:1:2", "--rate 5/connection"},
      {[](RunOptions& o) { o.arrivals = {arrival("burst:2:1ms")}, o.rates = {1.0}; }, "--arrival burst:2:1ms",
       "--rate 1"},
      {[](RunOptions& o) { o.arrivals = {recording({{3'000'000'000}})}, o.rates = {1.0}; },
       "--arrival trace.txt", "--rate 1"},
      // Warm-up and window are 3 s.
      {[](RunOptions& o) {
         o.arrivals = {recording({{0}, {2'500'000'000}})};
       },
       "--arrival trace.txt: its last message is due at 2.5s", "--warmup 1s and --duration 2s"},
      {[](RunOptions& o) {
         o.arrivals = {recording({{0}, {3'000'000'000}})};
       },
       "--arrival trace.txt", "no message falls due in the window"},
  };
  for (const Case& item : cases) {
    RunOptions options = some_options();
    item.ask(options);
    const std::string complaint = refusal([&] { offered_loads(options); });
    EXPECT_NE(complaint.find(item.one), std::string::npos) << complaint;
    EXPECT_NE(complaint.find(item.other), std::string::npos) << complaint;
  }
}

TEST(OfferedLoads, MustGoWithTheConnections) {
  RunOptions options = some_options();
  options.arrivals = {recording({{2'000'000'000, 8}, {3'000'000'000}})};
  EXPECT_NE(refusal([&] { names(options); }).find("names connection 8; --connections 8 has 0 to 7"),
            std::string::npos);
  options.arrivals = {};
  options.rates = {OfferedRate(1e9, true)};
  EXPECT_NE(refusal([&] { names(options); }).find("--rate 1G/connection: with --connections 8"),
            std::string::npos);
}

TEST(RateOption, IsInTotalOrOfEachConnection) {
  EXPECT_EQ(offered_rate_from("--rate", "max"), std::nullopt);
  EXPECT_EQ(offered_rate_from("--rate", "10k")->total_per_s(8), 10'000);
  EXPECT_EQ(offered_rate_from("--rate", "10k/connection")->total_per_s(8), 80'000);
  for (const char* text : {"/connection", "max/connection", "10k/", "10k/second", "0/connection"})
    EXPECT_EQ(refusal([&] { offered_rate_from("--rate", text); }).rfind("--rate " + std::string(text), 0),
              0u);
}

}  // namespace
}  // namespace recvbench
