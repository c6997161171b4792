// The generator over UDP against a receiver in this process that loses, repeats, swaps, cuts and delays
// replies, stalls, or never answers: every count is exact, and the load goes on.
#include "loadgen/generator.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "loadgen/datagram_worker.h"
#include "loadgen/tests/test_datagram_receiver.h"
#include "loadgen/tests/test_receiver.h"
#include "platform/clock.h"
#include "results/latency_recorder.h"

namespace recvbench {
namespace {

using std::chrono::milliseconds;

struct Finished {
  LoadResult result;
  milliseconds after_sending;  // from the end of the window to the end of the run
};

Finished run(const LoadPlan& plan) {
  LoadGenerator generator(plan);
  const LoadGenerator::Window window = generator.start();
  LoadResult result = generator.finish();
  const std::uint64_t now = now_ns();
  return {std::move(result), milliseconds((now - std::min(now, window.end_ns)) / ms)};
}

// 350 messages at 1,000/s.
LoadPlan datagram_plan(const TestDatagramReceiver& receiver, Workload workload, LoadMode mode) {
  LoadPlan plan = short_plan(receiver.port());
  plan.protocol = Protocol::udp;
  plan.workload = workload;
  plan.mode = mode;
  plan.verify = true;
  return plan;
}

// Everything that was sent has arrived, and no message was kept back.
void expect_all_received(const LoadResult& sent, const DatagramsReceived& received) {
  EXPECT_EQ(sent.connection_errors, 0U) << sent.first_error;
  EXPECT_EQ(sent.dropped, 0U);
  EXPECT_EQ(sent.send_failed, 0U);
  EXPECT_EQ(sent.out_of_sequence, 0U);
  EXPECT_EQ(sent.out_of_range, 0U);
  EXPECT_EQ(received.messages, sent.sent);
  EXPECT_EQ(received.wrong, 0U);
}

constexpr milliseconds quiet{quiet_ns / ms};
// What a busy machine may add to a wait.
constexpr milliseconds slack{700};

class DatagramGeneratorTest : public testing::Test {
  NetworkSession session_;
};

TEST_F(DatagramGeneratorTest, ConstantSinkSendsItsScheduleExactly) {
  TestDatagramReceiver receiver({.answers = false});
  LoadPlan plan = datagram_plan(receiver, Workload::sink, LoadMode::open);
  plan.connections = 3;
  plan.threads = 2;
  const auto [result, after_sending] = run(plan);
  std::this_thread::sleep_for(milliseconds(200));  // it waits for nobody
  const DatagramsReceived received = receiver.stop();
  expect_all_received(result, received);
  EXPECT_EQ(received.greeted.size(), 3U);
  EXPECT_NEAR(static_cast<double>(result.sent), 350, 1);
  EXPECT_NEAR(static_cast<double>(result.window_sent), 300, 1);
  EXPECT_EQ(total(result.slip).count(), static_cast<std::int64_t>(result.window_sent));
}

TEST_F(DatagramGeneratorTest, AnEchoThatLosesNothingEndsAtOnce) {
  for (const LoadMode mode : {LoadMode::open, LoadMode::max}) {
    TestDatagramReceiver receiver({});
    LoadPlan plan = datagram_plan(receiver, Workload::echo, mode);
    plan.connections = 2;
    const auto [result, after_sending] = run(plan);
    expect_all_received(result, receiver.stop());
    EXPECT_EQ(result.echoed, result.sent);
    EXPECT_EQ(result.window_echoed, result.window_sent);
    EXPECT_EQ(total(result.response).count(), static_cast<std::int64_t>(result.window_sent));
    EXPECT_EQ(result.duplicated + result.reordered + result.corrupt, 0U);
    EXPECT_LT(after_sending, quiet);
  }
}

TEST_F(DatagramGeneratorTest, LostRepliesAreCountedAndHoldUpNothing) {
  TestDatagramReceiver receiver({.lose_every = 2});
  LoadPlan plan = datagram_plan(receiver, Workload::echo, LoadMode::open);
  plan.max_outstanding = 150;  // fewer than are lost
  const auto [result, after_sending] = run(plan);
  const DatagramsReceived received = receiver.stop();
  expect_all_received(result, received);
  EXPECT_NEAR(static_cast<double>(result.sent), 350, 1);
  EXPECT_EQ(received.lost, result.sent / 2);
  EXPECT_EQ(result.echoed, result.sent - received.lost);
  EXPECT_EQ(result.reordered + result.duplicated + result.corrupt, 0U);
  EXPECT_LT(after_sending, quiet + slack);
}

TEST_F(DatagramGeneratorTest, ALossIsThatOfItsConnection) {
  TestDatagramReceiver receiver({.lose_of_connection_0 = 100});  // 150 ms after the window's begin
  LoadPlan plan = datagram_plan(receiver, Workload::echo, LoadMode::open);
  plan.connections = 2;
  const auto [result, after_sending] = run(plan);
  expect_all_received(result, receiver.stop());
  ASSERT_EQ(result.connections.size(), 2U);
  EXPECT_EQ(result.connections[0].received, result.connections[0].sent - 1);
  EXPECT_EQ(result.connections[1].received, result.connections[1].sent);
  EXPECT_NEAR(static_cast<double>(result.connections[1].sent), 150, 1);
}

TEST_F(DatagramGeneratorTest, AClosedLoopGoesOnAfterALossOnOneConnectionWhileOthersAreAnswered) {
  TestDatagramReceiver receiver({.lose_of_connection_0 = 3});
  LoadPlan plan = datagram_plan(receiver, Workload::echo, LoadMode::max);
  plan.connections = 2;
  plan.duration_ns = 1'500 * ms;
  const auto [result, after_sending] = run(plan);
  const DatagramsReceived received = receiver.stop();
  expect_all_received(result, received);
  EXPECT_EQ(received.lost, 1U);
  EXPECT_EQ(result.echoed, result.sent - 1);
  EXPECT_GT(received.messages_of.at(0), 100U);
  EXPECT_GT(received.messages_of.at(1), 100U);
}

TEST_F(DatagramGeneratorTest, AClosedLoopSendsNewMessagesInPlaceOfLostOnes) {
  TestDatagramReceiver receiver({.answers = false});
  LoadPlan plan = datagram_plan(receiver, Workload::echo, LoadMode::max);
  plan.in_flight = 4;
  plan.duration_ns = 1'000 * ms;
  const auto [result, after_sending] = run(plan);
  const DatagramsReceived received = receiver.stop();
  expect_all_received(result, received);
  EXPECT_EQ(result.echoed, 0U);
  EXPECT_EQ(result.sent % 4, 0U);
  EXPECT_GE(result.sent, 2U * 4);
  EXPECT_LE(result.sent, 6U * 4);  // every 200 ms, or less often
  EXPECT_GE(after_sending + milliseconds(250), quiet);
  EXPECT_LT(after_sending, quiet + slack);
}

TEST_F(DatagramGeneratorTest, RepliesThatComeAfterTheyWereGivenUpSetOffNoMessages) {
  TestDatagramReceiver receiver({.delay = milliseconds(450)});
  LoadPlan plan = datagram_plan(receiver, Workload::echo, LoadMode::max);
  plan.duration_ns = 1'500 * ms;
  const auto [result, after_sending] = run(plan);
  expect_all_received(result, receiver.stop());
  EXPECT_EQ(result.echoed, result.sent);
  EXPECT_GE(result.sent, 3U);
  EXPECT_LE(result.sent, 8U);  // one in 200 ms: never one for a late reply and one for the patience
  EXPECT_EQ(result.duplicated + result.reordered, 0U);
}

TEST_F(DatagramGeneratorTest, AReceiverThatStallsLosesNothing) {
  for (const LoadMode mode : {LoadMode::open, LoadMode::max}) {
    TestDatagramReceiver receiver({.stall_at = 50, .stall = milliseconds(500)});
    LoadPlan plan = datagram_plan(receiver, Workload::echo, mode);
    plan.rate_per_s = 300;  // the stall goes on past the end of sending
    const auto [result, after_sending] = run(plan);
    expect_all_received(result, receiver.stop());
    EXPECT_EQ(result.echoed, result.sent);
    EXPECT_EQ(result.window_echoed, result.window_sent);
    if (mode == LoadMode::open) {
      EXPECT_GE(after_sending, milliseconds(250));
    }
  }
}

TEST_F(DatagramGeneratorTest, RepliesThatComeTwiceAreCountedApart) {
  for (const LoadMode mode : {LoadMode::open, LoadMode::max}) {
    TestDatagramReceiver receiver({.duplicate_every = 5});
    const LoadPlan plan = datagram_plan(receiver, Workload::echo, mode);
    const LoadResult result = run(plan).result;
    const DatagramsReceived received = receiver.stop();
    expect_all_received(result, received);
    EXPECT_EQ(result.echoed, result.sent);
    EXPECT_EQ(total(result.response).count(), static_cast<std::int64_t>(result.window_sent));
    EXPECT_EQ(received.duplicated, result.sent / 5);
    // The run may end before the second one of its last reply is there.
    EXPECT_LE(result.duplicated, received.duplicated);
    EXPECT_GE(result.duplicated + 1, received.duplicated);
  }
}

TEST_F(DatagramGeneratorTest, RepliesThatOvertakeOthersAreRepliesAndCounted) {
  TestDatagramReceiver receiver({.swap_every = 8});
  const LoadPlan plan = datagram_plan(receiver, Workload::echo, LoadMode::open);
  const LoadResult result = run(plan).result;
  const DatagramsReceived received = receiver.stop();
  expect_all_received(result, received);
  EXPECT_EQ(result.echoed, result.sent);
  EXPECT_GE(received.swapped, 40U);
  EXPECT_EQ(result.reordered, received.swapped);
  EXPECT_EQ(result.duplicated, 0U);
}

TEST_F(DatagramGeneratorTest, ACutReplyIsCorruptAndNoReply) {
  for (const LoadMode mode : {LoadMode::open, LoadMode::max}) {
    TestDatagramReceiver receiver({.truncate_every = 20});
    LoadPlan plan = datagram_plan(receiver, Workload::echo, mode);
    plan.drain_ns = 300 * ms;
    const LoadResult result = run(plan).result;
    const DatagramsReceived received = receiver.stop();
    expect_all_received(result, received);
    EXPECT_GE(received.truncated, 1U);
    EXPECT_EQ(result.corrupt, received.truncated);
    EXPECT_EQ(result.echoed, result.sent - received.truncated);
  }
}

TEST_F(DatagramGeneratorTest, TheTimeToDrainIsNeverExceeded) {
  TestDatagramReceiver receiver({.answers = false});
  LoadPlan plan = datagram_plan(receiver, Workload::echo, LoadMode::open);
  plan.drain_ns = 100 * ms;
  const auto [result, after_sending] = run(plan);
  expect_all_received(result, receiver.stop());
  EXPECT_EQ(result.echoed, 0U);
  EXPECT_LT(after_sending, milliseconds(100) + slack);
  EXPECT_GE(after_sending, milliseconds(100));
}

// A stream that nobody reads stands for a system that has no room: datagrams on loopback always find some.
TEST_F(DatagramGeneratorTest, ADatagramWithoutRoomIsNotSentAndNotMadeUpFor) {
  SocketPair pair = connected_pair();
  set_nonblocking(pair.connected, true);
  LoadPlan plan = short_plan(1);
  plan.protocol = Protocol::udp;
  plan.size_bytes = 60'000;
  std::vector<LoadConnection> connections;
  connections.emplace_back(std::move(pair.connected), 0);
  const std::uint64_t t0 = now_ns();
  const LoadTimes times{t0, t0 + plan.warmup_ns, t0 + plan.warmup_ns + plan.duration_ns,
                        t0 + plan.warmup_ns + plan.duration_ns + 1'000 * ms};
  const std::atomic<bool> cancelled = false;
  DatagramWorker worker(plan, times, 0, std::move(connections), cancelled);
  worker.run();
  LoadResult result;
  worker.collect(result);
  EXPECT_EQ(result.connection_errors, 0U) << result.first_error;
  EXPECT_GT(result.send_failed, 0U);
  EXPECT_NEAR(static_cast<double>(result.sent + result.send_failed), 350, 1);
  EXPECT_EQ(result.dropped, 0U);
  // What was not sent counts neither for the rate nor for the schedule.
  EXPECT_LE(result.sent_during_window, result.sent);
  EXPECT_EQ(total(result.slip).count(), static_cast<std::int64_t>(result.window_sent));
}

}  // namespace
}  // namespace recvbench
