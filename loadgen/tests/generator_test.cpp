// The generator against a receiver in this process: everything sent arrives, windows hold what they should,
// and peers that reset, stall or lie are counted in bounded time.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "loadgen/arrival_process.h"
#include "loadgen/tests/generator_fixture.h"
#include "results/latency_recorder.h"

namespace recvbench {
namespace {

SocketOptions small_receive_buffer() {
  SocketOptions options;
  options.receive_buffer_bytes = 64 * 1024;
  return options;
}

TEST_F(GeneratorTest, ConstantSinkSendsItsScheduleExactly) {
  for (const std::uint32_t connections : {1U, 3U}) {
    TestReceiver receiver(connections, {});
    LoadPlan plan = short_plan(receiver.port());
    plan.connections = connections;
    plan.threads = connections > 1 ? 2 : 1;
    const LoadResult result = run(plan);
    const Received received = receiver.stop();
    expect_clean(result, received);
    EXPECT_NEAR(static_cast<double>(result.sent), 350, 1);
    EXPECT_NEAR(static_cast<double>(result.window_sent), 300, 1);
    EXPECT_EQ(total(result.slip).count(), static_cast<std::int64_t>(result.window_sent));
    EXPECT_TRUE(result.response.empty());
    EXPECT_TRUE(result.service.empty());
    EXPECT_EQ(received.greetings, connections);
    EXPECT_EQ(received.run_ids, std::vector<std::uint64_t>(connections, 4711));
    EXPECT_GT(result.mean_gap_ns, 0);
    EXPECT_LE(result.busiest_thread_share, 1.1);
  }
}

TEST_F(GeneratorTest, ConstantEchoGetsEveryReply) {
  TestReceiver receiver(4, {.echo = true});
  LoadPlan plan = short_plan(receiver.port());
  plan.workload = Workload::echo;
  plan.connections = 4;
  plan.threads = 2;
  plan.size_bytes = 200;
  plan.verify = true;
  const LoadResult result = run(plan);
  expect_clean(result, receiver.stop());
  EXPECT_EQ(result.echoed, result.sent);
  EXPECT_NEAR(static_cast<double>(result.window_sent), 300, 1);
  EXPECT_EQ(result.window_echoed, result.window_sent);
  const auto count = static_cast<std::int64_t>(result.window_sent);
  const Histogram response = total(result.response);
  const Histogram service = total(result.service);
  EXPECT_EQ(response.count(), count);
  EXPECT_EQ(service.count(), count);
  // A message is never sent before it is due.
  EXPECT_GE(response.mean_ns(), service.mean_ns());
  EXPECT_GT(service.min_ns(), 100);
}

TEST_F(GeneratorTest, EachConnectionIsTalliedApart) {
  for (const Workload workload : {Workload::sink, Workload::echo}) {
    for (const LoadMode mode : {LoadMode::open, LoadMode::max, LoadMode::closed}) {
      if (mode == LoadMode::closed && workload == Workload::sink) continue;
      TestReceiver receiver(5, {.echo = workload == Workload::echo});
      LoadPlan plan = short_plan(receiver.port());
      plan.workload = workload;
      plan.mode = mode;
      plan.connections = 3;
      plan.idle_connections = 2;
      plan.threads = 2;
      const LoadResult result = run(plan);
      expect_clean(result, receiver.stop());
      ASSERT_EQ(result.connections.size(), 3U);
      std::uint64_t sent = 0;
      std::uint64_t answered = 0;
      for (std::uint32_t number = 0; number < 3; ++number) {
        const ConnectionFigures& one = result.connections[number];
        EXPECT_EQ(one.number, number);
        if (mode == LoadMode::open) {
          EXPECT_NEAR(static_cast<double>(one.sent), 100, 1);
        }
        sent += one.sent;
        answered += one.received;
      }
      EXPECT_EQ(sent, result.window_sent);
      EXPECT_EQ(answered, result.window_echoed);
    }
  }
}

TEST_F(GeneratorTest, WhereThereIsNothingToCompareNoneIsTallied) {
  for (const std::uint64_t messages_per_connection : {0U, 10U}) {
    TestReceiver receiver(1'000'000, {});
    LoadPlan plan = short_plan(receiver.port());
    plan.connections = messages_per_connection == 0 ? 1 : 3;
    plan.messages_per_connection = messages_per_connection;
    const LoadResult result = run(plan);
    expect_clean(result, receiver.stop_after(result.connections_opened));
    EXPECT_TRUE(result.connections.empty());
  }
}

TEST_F(GeneratorTest, EveryPatternSendsItsArrivalsExactly) {
  using Kind = ArrivalPattern::Kind;
  const auto recording = std::make_shared<Recording>();
  for (std::uint64_t i = 0; i < 300; ++i) recording->messages.push_back({i * i * 5'000});  // up to 447 ms
  const ArrivalPattern patterns[] = {{Kind::constant, 1, {}, {}},
                                     {Kind::poisson, 1, {}, {}},
                                     {Kind::burst, 25, {}, {}},
                                     {Kind::ramp, 1, {1'000, 3'000}, {}},
                                     {Kind::step, 1, {500, 0, 2'000}, {}},
                                     {Kind::replay, 1, {}, recording}};
  for (const ArrivalPattern& pattern : patterns) {
    for (const Workload workload : {Workload::sink, Workload::echo}) {
      TestReceiver receiver(3, {.echo = workload == Workload::echo});
      LoadPlan plan = short_plan(receiver.port());
      plan.workload = workload;
      plan.arrival = pattern;
      plan.connections = 3;
      plan.threads = 2;
      // What the processes hold for warm-up and window.
      std::uint64_t due = 0;
      std::uint64_t window_due = 0;
      for (std::uint32_t worker = 0; worker < 2; ++worker) {
        const auto arrivals = make_arrivals(plan, worker);
        for (Arrival one = arrivals->next(); one.offset_ns < plan.warmup_ns + plan.duration_ns;
             one = arrivals->next()) {
          ++due;
          if (one.offset_ns >= plan.warmup_ns) ++window_due;
        }
      }
      const LoadResult result = run(plan);
      expect_clean(result, receiver.stop());
      EXPECT_EQ(result.sent, due) << to_string(pattern.kind);
      EXPECT_EQ(result.window_due, window_due) << to_string(pattern.kind);
      EXPECT_EQ(result.window_sent, window_due) << to_string(pattern.kind);
      EXPECT_EQ(result.echoed, workload == Workload::echo ? due : 0);
      EXPECT_EQ(total(result.slip).count(), static_cast<std::int64_t>(window_due));
    }
  }
}

TEST_F(GeneratorTest, OnlyAPoissonLoadReportsItsGaps) {
  for (const auto kind : {ArrivalPattern::Kind::constant, ArrivalPattern::Kind::poisson}) {
    TestReceiver receiver(2, {});
    LoadPlan plan = short_plan(receiver.port());
    plan.connections = 2;
    plan.threads = 2;
    plan.arrival.kind = kind;
    const LoadResult result = run(plan);
    expect_clean(result, receiver.stop());
    EXPECT_EQ(result.gaps.empty(), kind == ArrivalPattern::Kind::constant);
    // Of the sends, and not of the messages that were due in the window: a late machine sends others in it.
    EXPECT_LT(result.gaps.size(), result.sent);
    for (const double gap : result.gaps) EXPECT_GT(gap, 0);
  }
}

TEST_F(GeneratorTest, MessagesPerSendOfOneIsTheSameStream) {
  TestReceiver receiver(1, {});
  LoadPlan plan = short_plan(receiver.port());
  plan.messages_per_send = 1;
  plan.rate_per_s = 5000;
  const LoadResult result = run(plan);
  expect_clean(result, receiver.stop());
  EXPECT_NEAR(static_cast<double>(result.window_sent), 1500, 1);
}

TEST_F(GeneratorTest, MaxSinkFillsTheSockets) {
  for (const std::uint32_t messages_per_send : {1U, 64U}) {
    TestReceiver receiver(3, {});
    LoadPlan plan = short_plan(receiver.port());
    plan.mode = LoadMode::max;
    plan.connections = 3;
    plan.threads = 2;
    plan.messages_per_send = messages_per_send;
    const LoadResult result = run(plan);
    expect_clean(result, receiver.stop());
    EXPECT_GT(result.window_sent, 300U);
    EXPECT_LE(result.window_sent, result.sent);
    EXPECT_TRUE(result.slip.empty());
  }
}

TEST_F(GeneratorTest, PartialSendsLoseNothing) {
  // Messages larger than the socket buffers and a reader that takes them in small pieces.
  for (const LoadMode mode : {LoadMode::open, LoadMode::max}) {
    TestReceiver receiver(2, {.read_bytes = 50'000, .pause = std::chrono::microseconds(100)},
                          small_receive_buffer());
    LoadPlan plan = short_plan(receiver.port());
    plan.mode = mode;
    plan.connections = 2;
    plan.size_bytes = 3'000'000;
    plan.rate_per_s = 20;
    plan.drain_ns = 30'000 * ms;
    const LoadResult result = run(plan);
    expect_clean(result, receiver.stop());
    EXPECT_GE(result.sent, 2U);
  }
}

TEST_F(GeneratorTest, ManySmallMessagesAcrossFullBuffersStayInOrder) {
  TestReceiver receiver(1, {.read_bytes = 4096, .pause = std::chrono::microseconds(200)},
                        small_receive_buffer());
  LoadPlan plan = short_plan(receiver.port());
  plan.mode = LoadMode::max;
  plan.size_bytes = 97;  // no divisor of any buffer size: sends end inside messages
  plan.warmup_ns = 0;
  plan.duration_ns = 100 * ms;
  plan.drain_ns = 60'000 * ms;
  const LoadResult result = run(plan);
  expect_clean(result, receiver.stop());
}

TEST_F(GeneratorTest, EveryMessageHasTheLengthThatBothSidesCompute) {
  const MessageSizes sizes({{64, 1024, 3}, {1500, 1500, 1}});
  for (const bool echo : {false, true}) {
    TestReceiver receiver(3, {.echo = echo, .sizes = sizes});
    LoadPlan plan = short_plan(receiver.port());
    plan.workload = echo ? Workload::echo : Workload::sink;
    plan.connections = 3;
    plan.size_bytes = sizes;
    plan.messages_per_send = 64;
    plan.rate_per_s = 5000;
    plan.verify = true;
    const LoadResult result = run(plan);
    const Received received = receiver.stop();
    expect_clean(result, received);
    EXPECT_NEAR(static_cast<double>(result.sent), 1750, 2);
    EXPECT_NEAR(static_cast<double>(received.bytes) / static_cast<double>(received.messages), sizes.mean(),
                60);
    EXPECT_EQ(result.echoed, echo ? result.sent : 0);
  }
}

// Sends end anywhere in a message, and 64 KiB hold some of them and not others.
TEST_F(GeneratorTest, SeveralLengthsAcrossFullBuffersStayInOrder) {
  const MessageSizes sizes({{97, 50'000, 1}, {200'000, 200'000, 1}});
  TestReceiver receiver(2, {.read_bytes = 50'000, .pause = std::chrono::microseconds(100), .sizes = sizes},
                        small_receive_buffer());
  LoadPlan plan = short_plan(receiver.port());
  plan.mode = LoadMode::max;
  plan.connections = 2;
  plan.size_bytes = sizes;
  plan.messages_per_send = 64;
  plan.duration_ns = 100 * ms;
  plan.drain_ns = 60'000 * ms;
  const LoadResult result = run(plan);
  expect_clean(result, receiver.stop());
  EXPECT_GE(result.sent, 4U);
}

TEST_F(GeneratorTest, ConnectionsThatAreUsedUpAreReplaced) {
  for (const ConnectionClose close : {ConnectionClose::graceful, ConnectionClose::abortive}) {
    for (const bool echo : {false, true}) {
      if (close == ConnectionClose::abortive && !echo) continue;  // a sink may lose what it has not read
      TestReceiver receiver(1'000'000, {.echo = echo});
      LoadPlan plan = short_plan(receiver.port());
      plan.workload = echo ? Workload::echo : Workload::sink;
      plan.connections = 3;
      plan.threads = 2;
      plan.messages_per_connection = 10;
      plan.close = close;
      plan.verify = true;
      const LoadResult result = run(plan);
      const Received received = receiver.stop_after(result.connections_opened);
      expect_clean(result, received);
      EXPECT_NEAR(static_cast<double>(result.sent), 350, 1);
      EXPECT_EQ(result.echoed, echo ? result.sent : 0);
      EXPECT_EQ(result.connections_failed, 0U) << result.first_error;
      EXPECT_GE(result.connections_opened, 35U);
      EXPECT_LE(result.connections_opened, 39U);
      EXPECT_EQ(received.greetings, result.connections_opened);
      EXPECT_EQ(total(result.slip).count(), static_cast<std::int64_t>(result.window_sent));
    }
  }
}

TEST_F(GeneratorTest, OneMessageAConnectionAsFastAsPossible) {
  for (const bool echo : {false, true}) {
    TestReceiver receiver(1'000'000, {.echo = echo});
    LoadPlan plan = short_plan(receiver.port());
    plan.mode = LoadMode::max;
    plan.workload = echo ? Workload::echo : Workload::sink;
    plan.connections = 2;
    plan.messages_per_send = 8;
    plan.messages_per_connection = 1;
    plan.warmup_ns = 0;
    plan.duration_ns = 100 * ms;
    const LoadResult result = run(plan);
    const Received received = receiver.stop_after(result.connections_opened);
    expect_clean(result, received);
    EXPECT_GT(result.sent, 2U);
    EXPECT_GE(result.connections_opened, result.sent);
    EXPECT_EQ(result.connections_failed, 0U) << result.first_error;
  }
}

TEST_F(GeneratorTest, AConnectionThatCannotBeReplacedIsSaidAndNothingHangs) {
  TestReceiver receiver(2, {});  // nobody listens once the first ones are there
  LoadPlan plan = short_plan(receiver.port());
  plan.connections = 2;
  plan.messages_per_connection = 20;
  plan.rate_per_s = 400;
  LoadGenerator generator(plan);
  receiver.stop_listening();
  generator.start();
  const Clock::time_point begin = Clock::now();
  const LoadResult result = generator.finish();
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(15));  // before WSAPoll tells of it, 5 s pass
  EXPECT_EQ(result.connections_failed, 2U);
  EXPECT_EQ(result.connections_opened, 2U);
  EXPECT_NE(result.first_error.find("connect(127.0.0.1:"), std::string::npos) << result.first_error;
  EXPECT_EQ(result.sent, 40U);
}

TEST_F(GeneratorTest, IdleConnectionsGreetAndSendNothing) {
  for (const bool echo : {false, true}) {
    TestReceiver receiver(102, {.echo = echo});
    LoadPlan plan = short_plan(receiver.port());
    plan.workload = echo ? Workload::echo : Workload::sink;
    plan.connections = 2;
    plan.idle_connections = 100;
    const LoadResult result = run(plan);
    const Received received = receiver.stop();
    expect_clean(result, received);
    EXPECT_EQ(received.greetings, 102U);
    EXPECT_EQ(result.connections_opened, 102U);
    EXPECT_NEAR(static_cast<double>(result.sent), 350, 1);
  }
}

TEST_F(GeneratorTest, AnIdleConnectionThatTheReceiverEndedIsAnError) {
  TestReceiver receiver(3, {.close_from_number = 1});
  LoadPlan plan = short_plan(receiver.port());
  plan.connections = 1;
  plan.idle_connections = 2;
  const LoadResult result = run(plan);
  receiver.stop();
  EXPECT_EQ(result.connection_errors, 2U);
  EXPECT_EQ(result.first_error, "idle connection 1: the receiver closed it before the end of the run");
}

TEST_F(GeneratorTest, EveryConnectionGreetsWhereThereAreMany) {
  TestReceiver receiver(100, {});
  LoadPlan plan = short_plan(receiver.port());
  plan.connections = 100;
  plan.threads = 3;
  const LoadResult result = run(plan);
  const Received received = receiver.stop();
  expect_clean(result, received);
  EXPECT_EQ(received.greetings, 100U);
  EXPECT_NEAR(static_cast<double>(result.window_sent), 300, 1);
}

TEST_F(GeneratorTest, AResetConnectionIsCountedAndTheOthersGoOn) {
  for (const bool echo : {false, true}) {
    TestReceiver receiver(2, {.echo = echo, .reset_connection_0_after = 20});
    LoadPlan plan = short_plan(receiver.port());
    plan.workload = echo ? Workload::echo : Workload::sink;
    plan.connections = 2;
    const LoadResult result = run(plan);
    const Received received = receiver.stop();
    EXPECT_EQ(result.connection_errors, 1U);
    EXPECT_NE(result.first_error.find("connection 0: "), std::string::npos) << result.first_error;
    EXPECT_GE(received.messages, 175U);  // the other connection's share
    EXPECT_EQ(received.wrong, 0U);
  }
}

TEST_F(GeneratorTest, AReceiverThatClosesEarlyIsCounted) {
  TestReceiver receiver(1, {.echo = true});
  LoadPlan plan = short_plan(receiver.port());
  plan.workload = Workload::echo;
  LoadGenerator generator(plan);
  generator.start();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  receiver.stop(true);
  const LoadResult result = generator.finish();
  EXPECT_EQ(result.connection_errors, 1U);
  EXPECT_LT(result.window_sent, 299U);
}

TEST_F(GeneratorTest, CorruptRepliesAreFoundByVerifying) {
  for (const bool verify : {true, false}) {
    TestReceiver receiver(1, {.echo = true, .corrupt_reply = 100});
    LoadPlan plan = short_plan(receiver.port());
    plan.workload = Workload::echo;
    plan.verify = verify;
    const LoadResult result = run(plan);
    EXPECT_EQ(result.corrupt, verify ? 1U : 0U);
    EXPECT_EQ(result.echoed, result.sent);
    EXPECT_EQ(result.out_of_sequence, 0U);
  }
}

TEST_F(GeneratorTest, BeyondMaxOutstandingMessagesAreDroppedAndCounted) {
  TestReceiver receiver(1, {.reads = false}, small_receive_buffer());
  LoadPlan plan = short_plan(receiver.port());
  plan.size_bytes = 256 * 1024;
  plan.rate_per_s = 2000;
  plan.max_outstanding = 50;
  plan.drain_ns = 200 * ms;
  const auto begin = Clock::now();
  const LoadResult result = run(plan);
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(10));
  EXPECT_GT(result.dropped, 100U);
  EXPECT_LE(result.sent + result.dropped, 700U);
  EXPECT_GE(result.sent + result.dropped, 700U - 51U);  // what is left was due, and neither sent nor dropped
  EXPECT_EQ(result.connection_errors, 1U);
  EXPECT_NE(result.first_error.find("unsent"), std::string::npos) << result.first_error;
  receiver.stop(true);
}

TEST_F(GeneratorTest, UnansweredEchoesAreBoundedToo) {
  TestReceiver receiver(1, {.reads = false});
  LoadPlan plan = short_plan(receiver.port());
  plan.workload = Workload::echo;
  plan.max_outstanding = 10;
  plan.drain_ns = 100 * ms;
  const LoadResult result = run(plan);
  EXPECT_EQ(result.sent, 10U);
  EXPECT_NEAR(static_cast<double>(result.dropped), 340, 1);
  EXPECT_NEAR(static_cast<double>(result.window_due), 300, 1);  // dropped ones too
  EXPECT_EQ(result.echoed, 0U);
  EXPECT_EQ(result.connection_errors, 1U);
  EXPECT_NE(result.first_error.find("10 unanswered"), std::string::npos) << result.first_error;
  receiver.stop(true);
}

TEST_F(GeneratorTest, CancellingEndsTheRun) {
  TestReceiver receiver(2, {});
  LoadPlan plan = short_plan(receiver.port());
  plan.connections = 2;
  plan.threads = 2;
  plan.duration_ns = 3'600'000 * ms;
  LoadGenerator generator(plan);
  generator.start();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const auto begin = Clock::now();
  generator.cancel();
  const LoadResult result = generator.finish();
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(3));
  EXPECT_LT(result.sent, 100'000U);
}

TEST_F(GeneratorTest, DestroyingARunningGeneratorEndsIt) {
  TestReceiver receiver(1, {});
  LoadPlan plan = short_plan(receiver.port());
  plan.duration_ns = 3'600'000 * ms;
  const auto begin = Clock::now();
  {
    LoadGenerator generator(plan);
    generator.start();
  }
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(5));
}

TEST_F(GeneratorTest, AFailedConnectNamesAddressAndError) {
  LoadPlan plan = short_plan(0);
  {
    const Socket free_port = listen_tcp(Address::loopback(AddressFamily::ipv4), 1);
    plan.port = local_address(free_port).port();
  }
  try {
    const LoadGenerator generator(plan);
    ADD_FAILURE() << "connected to a port on which nobody listens";
  } catch (const std::system_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("127.0.0.1:" + std::to_string(plan.port)), std::string::npos) << text;
    EXPECT_NE(text.find("ECONNREFUSED"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace recvbench
