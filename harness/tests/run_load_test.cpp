#include "harness/run/run_load.h"

#include <gtest/gtest.h>

namespace recvbench {
namespace {

LoadPlan plan_of(const Scenario& scenario, const RunOptions& options = {}) {
  return load_plan(scenario, 0, options, 77, 4242);
}

TEST(RunLoadTest, TheGeneratorIsToldOfTheScenarioAndThePhases) {
  Scenario scenario;
  scenario.connections = 8;
  scenario.rate_per_s = 10'000;
  RunOptions options;
  options.warmup_ns = 1;
  options.duration_ns = 2;
  options.drain_ns = 3;
  options.verify = true;
  const LoadPlan plan = plan_of(scenario, options);
  EXPECT_EQ(plan.run_id, 77u);
  EXPECT_EQ(plan.port, 4242);
  EXPECT_EQ(plan.hosts, std::vector<std::string>{"127.0.0.1"});
  EXPECT_EQ(plan.mode, LoadMode::open);
  EXPECT_EQ(plan.connections, 8u);
  EXPECT_EQ(plan.rate_per_s, 10'000);
  EXPECT_EQ(plan.warmup_ns, 1u);
  EXPECT_EQ(plan.duration_ns, 2u);
  EXPECT_EQ(plan.drain_ns, 3u);
  EXPECT_TRUE(plan.verify);
}

TEST(RunLoadTest, OnlyABacklogSharesSendsAtAGivenRate) {
  Scenario scenario;
  scenario.messages_per_send = 4;
  EXPECT_EQ(plan_of(scenario).messages_per_send, 4u);  // as fast as possible: as asked
  scenario.rate_per_s = 1'000;
  EXPECT_EQ(plan_of(scenario).messages_per_send, 64u);  // due ones alone, which is never asked for
}

TEST(RunLoadTest, NoThreadIsWithoutAConnection) {
  Scenario scenario;
  scenario.connections = 2;
  RunOptions options;
  options.load_threads = 4;
  EXPECT_EQ(plan_of(scenario, options).threads, 2);
  scenario.connections = 16;
  EXPECT_EQ(plan_of(scenario, options).threads, 4);
}

TEST(RunLoadTest, AClosedLoopHasNoRate) {
  Scenario scenario;
  scenario.workload = Workload::echo;
  scenario.closed = true;
  scenario.think_ns = 5'000;
  const LoadPlan plan = plan_of(scenario);
  EXPECT_EQ(plan.mode, LoadMode::closed);
  EXPECT_EQ(plan.rate_per_s, 0);
  EXPECT_EQ(plan.think_ns, 5'000u);
}

TEST(RunLoadTest, ARoundHasTheSameArrivalsForAllEnginesAndTheNextOthers) {
  RunOptions options;
  options.seed = 3;
  const Scenario scenario;
  EXPECT_EQ(load_plan(scenario, 0, options, 1, 1).seed, load_plan(scenario, 0, options, 2, 2).seed);
  EXPECT_NE(load_plan(scenario, 0, options, 1, 1).seed, load_plan(scenario, 1, options, 2, 2).seed);
  EXPECT_NE(load_seed(1, 1), load_seed(2, 0));
}

}  // namespace
}  // namespace recvbench
