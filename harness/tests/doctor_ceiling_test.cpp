// The generator's ceilings: what they say of a rate, where they fit, and that they survive being written and
// read.
#include <functional>
#include <stdexcept>

#include <gtest/gtest.h>

#include "harness/doctor/ceiling_runs.h"
#include "harness/doctor/generator_ceiling.h"
#include "harness/doctor/measurement_findings.h"

namespace recvbench {
namespace {

TEST(GeneratorCeiling, FourFifthsOfItAreTheGenerators) {
  EXPECT_FALSE(is_generator_limited(79'999, 100'000));
  EXPECT_TRUE(is_generator_limited(80'000, 100'000));
  EXPECT_TRUE(is_generator_limited(120'000, 100'000));
}

const std::vector<GeneratorCeiling> ceilings = {{{Protocol::tcp, 64, 1, 8, 2, "linux"}, 193'000},
                                                {{Protocol::tcp, 64, 1024, 8, 2, "linux"}, 5e6},
                                                {{Protocol::udp, 64, 1, 8, 2, "linux"}, 258'000.5},
                                                {{Protocol::tcp, 64, 1, 1, 1, "linux"}, 100'000},
                                                {{Protocol::tcp, 128, 1, 1, 1, "linux"}, 0}};

std::optional<double> ceiling(const CeilingConditions& at) {
  const auto found = ceiling_at(ceilings, at);
  return found ? std::optional(found->messages_per_s) : std::nullopt;
}

TEST(GeneratorCeiling, IsThatOfTheSameConditions) {
  EXPECT_EQ(ceiling({Protocol::tcp, 64, 1, 8, 2, "linux"}), 193'000);
  EXPECT_EQ(ceiling({Protocol::udp, 64, 1, 8, 2, "linux"}), 258'000.5);
  EXPECT_EQ(ceiling({Protocol::tcp, 64, 1, 8, 1, "linux"}), std::nullopt) << "other threads";
  EXPECT_EQ(ceiling({Protocol::tcp, 65, 1, 8, 2, "linux"}), std::nullopt) << "another size";
  EXPECT_EQ(ceiling({Protocol::udp, 64, 1024, 8, 2, "linux"}), std::nullopt) << "packed otherwise";
  EXPECT_EQ(ceiling({Protocol::tcp, 64, 1, 8, 2, "windows"}), std::nullopt) << "another program";
  EXPECT_EQ(ceiling({Protocol::tcp, 128, 1, 1, 1, "linux"}), std::nullopt) << "nothing was sent";
}

TEST(GeneratorCeiling, OneConnectionIsNotLikeAFewAndAFewNotLikeHundreds) {
  EXPECT_EQ(ceiling({Protocol::tcp, 64, 1, 2, 2, "linux"}), 193'000);
  EXPECT_EQ(ceiling({Protocol::tcp, 64, 1, 32, 2, "linux"}), 193'000);
  EXPECT_EQ(ceiling({Protocol::tcp, 64, 1, 33, 2, "linux"}), std::nullopt);
  EXPECT_EQ(ceiling({Protocol::tcp, 64, 1, 1, 1, "linux"}), 100'000);
  EXPECT_EQ(ceiling({Protocol::tcp, 64, 1, 2, 1, "linux"}), std::nullopt);
}

TEST(CeilingConditions, AreTheGeneratorsPartOfARun) {
  Scenario scenario;
  scenario.connections = 8;
  scenario.messages_per_send = 16;
  RunOptions options;
  options.load_threads = 12;
  const auto at = ceiling_conditions(scenario, options, "linux");
  ASSERT_TRUE(at);
  EXPECT_EQ(to_json({*at, 1}), (nlohmann::json{{"protocol", "tcp"},
                                               {"size_bytes", 64},
                                               {"messages_per_send", 16},
                                               {"connections", 8},
                                               {"load_threads", 8},
                                               {"generator", "linux"},
                                               {"messages_per_s", 1.0}}));
  scenario.rate_per_s = 10'000;
  EXPECT_EQ(ceiling_conditions(scenario, options, "linux")->messages_per_send, 1u) << "at a given rate";
}

TEST(CeilingConditions, OtherKindsOfLoadHaveNone) {
  const std::vector<std::function<void(Scenario&, RunOptions&)>> others = {
      [](Scenario& scenario, RunOptions&) { scenario.workload = Workload::echo; },
      [](Scenario& scenario, RunOptions&) { scenario.idle_connections = 1; },
      [](Scenario& scenario, RunOptions&) { scenario.messages_per_connection = 1; },
      [](Scenario& scenario, RunOptions&) {
        scenario.size_bytes = MessageSizes(std::vector{MessageSizes::Part{64, 1024, 1}});
      },
      [](Scenario& scenario, RunOptions&) { scenario.ip = IpVersion::dual; },
      [](Scenario&, RunOptions& options) { options.verify = true; },
      [](Scenario&, RunOptions& options) { options.load_cpus = {0}; }};
  for (std::size_t i = 0; i < others.size(); ++i) {
    Scenario scenario;
    RunOptions options;
    EXPECT_TRUE(ceiling_conditions(scenario, options, "linux"));
    others[i](scenario, options);
    EXPECT_FALSE(ceiling_conditions(scenario, options, "linux")) << i;
  }
}

TEST(CeilingCases, AreOfOneAndOfAFewConnections) {
  const auto names = [](const CeilingPlan& plan) {
    std::string text;
    for (const CeilingConditions& at : ceiling_cases(plan))
      text += std::string(to_string(at.protocol)) + "-" + std::to_string(at.size_bytes) + "-c" +
              std::to_string(at.connections) + "-x" + std::to_string(at.messages_per_send) + " ";
    return text;
  };
  CeilingPlan plan;
  EXPECT_EQ(names(plan),
            "tcp-64-c1-x1 tcp-64-c1-x1024 udp-64-c1-x1 tcp-64-c8-x1 tcp-64-c8-x1024 udp-64-c8-x1 ");
  plan.load_threads = 12;
  plan.sizes = {1024, 65'000};
  EXPECT_EQ(names(plan),
            "tcp-1024-c12-x1 tcp-1024-c12-x64 udp-1024-c12-x1 tcp-65000-c12-x1 udp-65000-c12-x1 ");
}

TEST(CompareWithCeiling, MarksWhatWasAsFastAsPossibleOnly) {
  RunRecord record;
  record.scenario.mode = "max";
  record.rates.received_per_s = 154'400;
  compare_with_ceiling(record, ceilings[0]);
  EXPECT_EQ(record.generator.ceiling_per_s, 193'000);
  EXPECT_TRUE(record.rates.generator_limited);
  record.rates.received_per_s = 154'399;
  compare_with_ceiling(record, ceilings[0]);
  EXPECT_FALSE(record.rates.generator_limited);
  for (const char* mode : {"open", "closed"}) {
    RunRecord other;
    other.scenario.mode = mode;
    other.rates.received_per_s = 1e9;
    compare_with_ceiling(other, ceilings[0]);
    EXPECT_FALSE(other.rates.generator_limited || other.generator.ceiling_per_s) << mode;
  }
  RunRecord unknown;
  unknown.scenario.mode = "max";
  unknown.rates.received_per_s = 1e9;
  compare_with_ceiling(unknown, std::nullopt);
  EXPECT_FALSE(unknown.rates.generator_limited || unknown.generator.ceiling_per_s);
}

nlohmann::json document() {
  nlohmann::json list = nlohmann::json::array();
  for (const GeneratorCeiling& one : ceilings) list.push_back(to_json(one));
  return {{"schema", {{"name", "recvbench.doctor"}, {"major", 1}, {"minor", 0}}},
          {"environment", {{"fingerprint", {{"hash", "0123456789abcdef"}}}}},
          {"generator_ceilings", list}};
}

TEST(StoredCeilings, AreReadAsTheyWereWritten) {
  const std::vector<GeneratorCeiling> read = ceilings_of(document(), "0123456789abcdef");
  ASSERT_EQ(read.size(), ceilings.size());
  for (std::size_t i = 0; i < read.size(); ++i) EXPECT_EQ(to_json(read[i]), to_json(ceilings[i]));
}

std::string refusal(const nlohmann::json& doctor) {
  try {
    (void)ceilings_of(doctor, "0123456789abcdef");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(StoredCeilings, OfAnotherMachineOrNoneAreRefused) {
  nlohmann::json other = document();
  other["environment"]["fingerprint"]["hash"] = "ffff";
  EXPECT_EQ(refusal(other), "from another machine or build: fingerprint ffff, here 0123456789abcdef");
  nlohmann::json none = document();
  none["generator_ceilings"] = nullptr;
  EXPECT_EQ(refusal(none), "no generator ceilings: printed without --calibrate");
  nlohmann::json newer = document();
  newer["schema"]["major"] = 2;
  EXPECT_EQ(refusal(newer), "printed by a newer recvbench doctor");
  nlohmann::json foreign = document();
  foreign["schema"]["name"] = "recvbench.run";
  EXPECT_EQ(refusal(foreign), "not printed by recvbench doctor --json");
  EXPECT_EQ(refusal(nlohmann::json::array()).substr(0, 35), "not a document of recvbench doctor:");
  nlohmann::json broken = document();
  broken["generator_ceilings"][0].erase("load_threads");
  EXPECT_NE(refusal(broken).find("load_threads"), std::string::npos);
}

TEST(CeilingFindings, SayWhoseLimitItIs) {
  const std::vector<Finding> findings = judge(ceilings, false);
  ASSERT_EQ(findings.size(), ceilings.size());
  EXPECT_EQ(findings[0].code, "ceiling-tcp-64b-c8");
  EXPECT_EQ(findings[0].measured, "193k messages/s with 2 load threads");
  EXPECT_EQ(findings[0].severity, Severity::ok);
  EXPECT_EQ(findings[1].code, "ceiling-tcp-64b-c8-x1024");
  EXPECT_EQ(findings[2].code, "ceiling-udp-64b-c8");
  EXPECT_EQ(judge(ceilings, true)[0].severity, Severity::note);
  EXPECT_EQ(judge({GeneratorCeiling{}}, true)[0].severity, Severity::warning);
}

}  // namespace
}  // namespace recvbench
