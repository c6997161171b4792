// The generator with connections that are slow on purpose: they are served whole, and the others are
// measured.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include "loadgen/tests/generator_fixture.h"
#include "results/latency_recorder.h"

namespace recvbench {
namespace {

TEST_F(GeneratorTest, SlowWritersSendEachMessageInPieces) {
  for (const bool echo : {false, true}) {
    TestReceiver receiver(4, {.echo = echo});
    LoadPlan plan = short_plan(receiver.port());
    plan.workload = echo ? Workload::echo : Workload::sink;
    plan.connections = 4;
    plan.threads = 2;
    plan.rate_per_s = 200;
    plan.slow.writers = {1, 4, 4 * ms};
    const LoadResult result = run(plan);
    const Received received = receiver.stop();
    expect_clean(result, received);
    EXPECT_NEAR(static_cast<double>(result.sent), 70, 1);
    EXPECT_NEAR(static_cast<double>(result.window_sent), 60, 1);
    EXPECT_EQ(result.echoed, echo ? result.sent : 0);
    EXPECT_EQ(result.window_echoed, echo ? result.window_sent : 0);
    // Three receives of the slow one's 17 or 18 messages see a part, unless the receiver is held up.
    EXPECT_GT(received.partial, 0U);
    EXPECT_LE(received.partial, 54U);
    // What is measured is the others.
    EXPECT_NEAR(static_cast<double>(result.window_due), 45, 1);
    EXPECT_LE(result.sent_during_window, 54U);
    EXPECT_EQ(total(result.slip).count(), static_cast<std::int64_t>(result.window_due));
    EXPECT_EQ(total(result.response).count(), echo ? total(result.slip).count() : 0);
  }
}

TEST_F(GeneratorTest, WhatASlowWriterHasNotSentByTheEndGoesOutAtOnce) {
  TestReceiver receiver(2, {.sizes = MessageSizes({{40, 3000, 1}})});
  LoadPlan plan = short_plan(receiver.port());
  plan.connections = 2;
  plan.size_bytes = MessageSizes({{40, 3000, 1}});
  plan.slow.writers = {1, 1000, 40 * ms};  // a message takes longer than the run
  const Clock::time_point begin = Clock::now();
  const LoadResult result = run(plan);
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(10));
  expect_clean(result, receiver.stop());
  EXPECT_NEAR(static_cast<double>(result.sent), 350, 1);
  EXPECT_NEAR(static_cast<double>(result.window_due), 150, 1);
}

TEST_F(GeneratorTest, SlowReadersMakeTheReceiverMeetAFullBuffer) {
  SocketOptions options;
  options.send_buffer_bytes = 16 * 1024;
  TestReceiver receiver(3, {.echo = true}, options);
  LoadPlan plan = short_plan(receiver.port());
  plan.workload = Workload::echo;
  plan.connections = 3;
  plan.rate_per_s = 1500;
  plan.size_bytes = 4000;
  plan.verify = true;
  // A twentieth of what is sent on it: the buffers fill even in a run that takes five times as long as it should.
  plan.slow.readers = {1, 1024, 10 * ms};
  const LoadResult result = run(plan);
  const Received received = receiver.stop();
  expect_clean(result, received);
  EXPECT_NEAR(static_cast<double>(result.sent), 525, 2);
  EXPECT_EQ(result.echoed, result.sent);
  EXPECT_EQ(result.window_echoed, result.window_sent);
  EXPECT_NE(std::count(received.held_up.begin(), received.held_up.end(), 0U), 0);
  EXPECT_NEAR(static_cast<double>(result.window_due), 300, 2);
  EXPECT_EQ(total(result.response).count(), static_cast<std::int64_t>(result.window_due));
  EXPECT_EQ(total(result.slip).count(), static_cast<std::int64_t>(result.window_due));
}

TEST_F(GeneratorTest, ASlowPeerThatIsResetIsCountedAndTheOthersGoOn) {
  for (const bool reader : {false, true}) {
    TestReceiver receiver(2, {.echo = true, .reset_connection_0_after = 5});
    LoadPlan plan = short_plan(receiver.port());
    plan.workload = Workload::echo;
    plan.connections = 2;
    plan.rate_per_s = 200;
    (reader ? plan.slow.readers.connections : plan.slow.writers.connections) = 1;
    const LoadResult result = run(plan);
    EXPECT_GE(receiver.stop().messages, 35U);
    EXPECT_EQ(result.connection_errors, 1U);
    EXPECT_NE(result.first_error.find("connection 0: "), std::string::npos) << result.first_error;
  }
}

}  // namespace
}  // namespace recvbench
