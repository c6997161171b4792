// Closed loops: one message unanswered a connection, or so many, with and without time to think.
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "loadgen/tests/generator_fixture.h"
#include "results/latency_recorder.h"

namespace recvbench {
namespace {

TEST_F(GeneratorTest, AClosedLoopHasOneMessageUnanswered) {
  TestReceiver receiver(3, {.echo = true});
  LoadPlan plan = short_plan(receiver.port());
  plan.mode = LoadMode::closed;
  plan.workload = Workload::echo;
  plan.connections = 3;
  plan.threads = 2;
  plan.in_flight = 16;  // of mode max
  const LoadResult result = run(plan);
  expect_clean(result, receiver.stop());
  EXPECT_EQ(result.echoed, result.sent);
  EXPECT_GT(result.window_echoed, 50U);
  EXPECT_TRUE(result.slip.empty());  // nothing is due at a time of its own
}

TEST_F(GeneratorTest, AClosedLoopThinksBetweenReplyAndNextMessage) {
  TestReceiver receiver(4, {.echo = true});
  LoadPlan plan = short_plan(receiver.port());
  plan.mode = LoadMode::closed;
  plan.workload = Workload::echo;
  plan.connections = 4;
  plan.threads = 2;
  plan.think_ns = 20 * ms;
  const LoadResult result = run(plan);
  expect_clean(result, receiver.stop());
  EXPECT_EQ(result.echoed, result.sent);
  // 350 ms of warm-up and window hold 17 pauses and the message before the first; fewer on a busy machine.
  EXPECT_LE(result.sent, 4U * 18U);
  EXPECT_GE(result.sent, 4U * 2U);
  EXPECT_EQ(total(result.slip).count(), static_cast<std::int64_t>(result.window_sent));
  EXPECT_EQ(total(result.response).count(), static_cast<std::int64_t>(result.window_echoed));
  EXPECT_GE(total(result.response).mean_ns(), total(result.service).mean_ns());
}

TEST_F(GeneratorTest, APauseLongerThanTheRunEndsIt) {
  TestReceiver receiver(2, {.echo = true});
  LoadPlan plan = short_plan(receiver.port());
  plan.mode = LoadMode::closed;
  plan.workload = Workload::echo;
  plan.connections = 2;
  plan.think_ns = 3'600'000 * ms;
  const LoadResult result = run(plan);
  expect_clean(result, receiver.stop());
  EXPECT_EQ(result.sent, 1U);  // the second connection's first share of a pause is half an hour
}

TEST_F(GeneratorTest, MaxEchoKeepsItsMessagesInFlight) {
  for (const std::uint32_t in_flight : {1U, 16U}) {
    TestReceiver receiver(2, {.echo = true});
    LoadPlan plan = short_plan(receiver.port());
    plan.mode = LoadMode::max;
    plan.workload = Workload::echo;
    plan.connections = 2;
    plan.in_flight = in_flight;
    plan.verify = true;
    const LoadResult result = run(plan);
    expect_clean(result, receiver.stop());
    EXPECT_EQ(result.echoed, result.sent);
    EXPECT_GT(result.window_echoed, 50U);
    EXPECT_EQ(total(result.response).count(), static_cast<std::int64_t>(result.window_echoed));
  }
}

// One connection without a pause: its receive waits for the reply itself, where the system lets it.
TEST_F(GeneratorTest, ALoneClosedLoopIsAnsweredWholeWhateverItsLength) {
  for (const std::uint32_t in_flight : {1U, 16U}) {
    for (const std::uint32_t size : {64U, 300'000U}) {
      TestReceiver receiver(1, {.echo = true});
      LoadPlan plan = short_plan(receiver.port());
      plan.mode = LoadMode::max;
      plan.workload = Workload::echo;
      plan.in_flight = in_flight;
      plan.size_bytes = size;
      plan.verify = true;
      const LoadResult result = run(plan);
      expect_clean(result, receiver.stop());
      EXPECT_EQ(result.echoed, result.sent);
      EXPECT_GT(result.window_echoed, 10U);
      EXPECT_EQ(total(result.response).count(), static_cast<std::int64_t>(result.window_echoed));
    }
  }
}

TEST_F(GeneratorTest, ALoneClosedLoopThatIsNeverAnsweredEnds) {
  TestReceiver receiver(1, {.echo = false});
  LoadPlan plan = short_plan(receiver.port());
  plan.mode = LoadMode::closed;
  plan.workload = Workload::echo;
  plan.drain_ns = 200 * ms;
  const auto begin = Clock::now();
  const LoadResult result = run(plan);
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(5));
  EXPECT_EQ(result.sent, 1U);
  EXPECT_EQ(result.echoed, 0U);
  EXPECT_EQ(result.connection_errors, 1U);
  EXPECT_NE(result.first_error.find("1 unanswered when the drain time was over"), std::string::npos)
      << result.first_error;
}

TEST_F(GeneratorTest, CancellingEndsALoneClosedLoop) {
  TestReceiver receiver(1, {.echo = false});
  LoadPlan plan = short_plan(receiver.port());
  plan.mode = LoadMode::closed;
  plan.workload = Workload::echo;
  plan.duration_ns = 1'000'000 * ms;
  LoadGenerator generator(plan);
  generator.start();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const auto begin = Clock::now();
  generator.cancel();
  const LoadResult result = generator.finish();
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(3));
  EXPECT_NE(result.first_error.find("the run was cancelled"), std::string::npos) << result.first_error;
}

}  // namespace
}  // namespace recvbench
