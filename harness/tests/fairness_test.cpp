#include "harness/validity/fairness.h"

#include <gtest/gtest.h>

namespace recvbench {
namespace {

using Figures = std::vector<ConnectionFigures>;

TEST(JainIndex, IsOneWhereAllGotTheSameAndOneNthWhereOneGotAll) {
  struct Case {
    std::vector<double> shares;
    std::optional<double> index;
  };
  for (const Case& c : {Case{{50, 50, 50}, 1.0}, Case{{0, 80, 0, 0}, 0.25}, Case{{1, 3}, 0.8}, Case{{7}, 1.0},
                        Case{{0, 0}, std::nullopt}, Case{{}, std::nullopt}})
    EXPECT_EQ(jain_index(c.shares), c.index) << ::testing::PrintToString(c.shares);
  EXPECT_LE(*jain_index(std::vector<double>(7, 0.1)), 1.0) << "whatever the rounding";
}

// One got half of what the other got, which is half of what was sent on it or all, as the row has it.
TEST(Fairness, IsOfWhatWasReceivedWhereTheReceiverDecidesAndElseOfTheShareOfWhatWasSent) {
  const Figures lost{{0, 100, 100, {}}, {1, 100, 50, {}}};
  const Figures less_sent{{0, 100, 100, {}}, {1, 50, 50, {}}};
  struct Case {
    const char* protocol;
    const char* workload;
    const char* mode;
    bool of_shares;
  };
  for (const Case& c : {Case{"tcp", "sink", "open", true}, Case{"tcp", "echo", "open", true},
                        Case{"udp", "sink", "open", true}, Case{"udp", "sink", "max", true},
                        Case{"tcp", "sink", "max", false}, Case{"udp", "echo", "max", false},
                        Case{"tcp", "echo", "closed", false}, Case{"udp", "echo", "closed", false}}) {
    ScenarioRecord scenario;
    scenario.protocol = c.protocol;
    scenario.workload = c.workload;
    scenario.mode = c.mode;
    const std::string which = std::string(c.protocol) + ' ' + c.workload + ' ' + c.mode;
    const auto of_lost = assess_fairness(scenario, lost);
    const auto of_less_sent = assess_fairness(scenario, less_sent);
    ASSERT_TRUE(of_lost && of_less_sent) << which;
    EXPECT_EQ(of_lost->connections, 2u) << which;
    EXPECT_EQ(of_lost->jain_index, 0.9) << which;
    EXPECT_EQ(of_less_sent->jain_index, c.of_shares ? 1.0 : 0.9) << which;
  }
}

TEST(Fairness, AConnectionThatNothingWasSentOnIsNotStarvedBySchedule) {
  ScenarioRecord scenario;
  scenario.mode = "open";
  EXPECT_EQ(assess_fairness(scenario, Figures{{0, 100, 100, {}}, {1, 0, 0, {}}})->jain_index, 1.0);
  EXPECT_EQ(assess_fairness(scenario, Figures{{0, 0, 0, {}}, {1, 0, 0, {}}})->jain_index, std::nullopt);
  scenario.protocol = "tcp";
  scenario.mode = "max";
  EXPECT_EQ(assess_fairness(scenario, Figures{{0, 100, 100, {}}, {1, 0, 0, {}}})->jain_index, 0.5);
  EXPECT_FALSE(assess_fairness(scenario, Figures{{0, 50, 50, {}}})) << "nobody to be fair to";
}

TEST(Fairness, TheWorstConnectionIsNamedBesideTheMedian) {
  const Figures figures{{10, 0, 1'000, 50'000},
                        {11, 0, 1'000, 90'000},
                        {12, 0, 10, {}},
                        {13, 0, 1'000, 40'000},
                        {14, 0, 1'000, 60'000}};
  const auto found = assess_fairness(ScenarioRecord{}, figures);
  ASSERT_TRUE(found && found->p99);
  EXPECT_EQ(found->connections, 5u);
  EXPECT_EQ(found->p99->connections, 4u);
  EXPECT_EQ(found->p99->median_ns, 50'000);
  EXPECT_EQ(found->p99->worst_ns, 90'000);
  EXPECT_EQ(found->p99->worst_connection, 11u);
  EXPECT_FALSE(assess_fairness(ScenarioRecord{}, Figures{figures[0], figures[2]})->p99);
}

TEST(Fairness, WhatWasSentComesFromTheGeneratorByNumber) {
  const Figures received{{0, 0, 5, {}}, {2, 0, 6, 70}, {4, 0, 0, {}}};
  const Figures expected{{0, 10, 5, {}}, {2, 0, 6, 70}, {4, 30, 0, {}}};
  EXPECT_EQ(with_sent(received, Figures{{4, 30, 0, {}}, {0, 10, 0, {}}, {9, 40, 0, {}}}), expected);
}

}  // namespace
}  // namespace recvbench
