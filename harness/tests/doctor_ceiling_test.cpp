// The generator's ceilings: what they say of a rate, and that they survive being written and read.
#include <stdexcept>

#include <gtest/gtest.h>

#include "harness/doctor/generator_ceiling.h"
#include "harness/doctor/measurement_findings.h"

namespace recvbench {
namespace {

TEST(GeneratorCeiling, FourFifthsOfItAreTheGenerators) {
  EXPECT_FALSE(is_generator_limited(79'999, 100'000));
  EXPECT_TRUE(is_generator_limited(80'000, 100'000));
  EXPECT_TRUE(is_generator_limited(120'000, 100'000));
}

const std::vector<GeneratorCeiling> ceilings = {{Protocol::tcp, 64, 1, 2, 193'000},
                                                {Protocol::tcp, 64, 1024, 2, 5e6},
                                                {Protocol::udp, 64, 1, 2, 258'000.5}};

TEST(GeneratorCeiling, IsThatOfTheSameConditions) {
  EXPECT_EQ(ceiling_of(ceilings, Protocol::tcp, 64, 1, 2), 193'000);
  EXPECT_EQ(ceiling_of(ceilings, Protocol::udp, 64, 1, 2), 258'000.5);
  EXPECT_EQ(ceiling_of(ceilings, Protocol::tcp, 64, 1, 1), std::nullopt);
  EXPECT_EQ(ceiling_of(ceilings, Protocol::tcp, 65, 1, 2), std::nullopt);
  EXPECT_EQ(ceiling_of(ceilings, Protocol::udp, 64, 1024, 2), std::nullopt);
}

nlohmann::json document() {
  nlohmann::json list = nlohmann::json::array();
  for (const GeneratorCeiling& ceiling : ceilings) list.push_back(to_json(ceiling));
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
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_EQ(findings[0].code, "ceiling-tcp");
  EXPECT_EQ(findings[0].measured, "193k messages/s with 2 load threads");
  EXPECT_EQ(findings[0].severity, Severity::ok);
  EXPECT_EQ(findings[1].code, "ceiling-tcp-packed");
  EXPECT_EQ(findings[2].code, "ceiling-udp");
  EXPECT_EQ(judge(ceilings, true)[0].severity, Severity::note);
  EXPECT_EQ(judge({GeneratorCeiling{}}, true)[0].severity, Severity::warning);
}

}  // namespace
}  // namespace recvbench
