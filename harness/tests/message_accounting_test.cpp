// Streams: what is counted, timed, found wrong and answered of what TCP connections bring.
#include "harness/receiver/message_accounting.h"

#include <string>
#include <vector>

#include "harness/tests/accounting_fixture.h"

namespace recvbench {
namespace {

TEST_F(MessageAccountTest, CountsMessagesInSequence) {
  ASSERT_TRUE(greet());
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(receive_message(i));
  const ReceiveTotals totals = account.totals();
  EXPECT_EQ(totals.greeted, 1u);
  EXPECT_EQ(totals.messages, 5u);
  EXPECT_EQ(totals.window_messages, 5u);
  EXPECT_EQ(totals.done_in_window, 5u);
  EXPECT_EQ(totals.bytes, 40u + 5 * 64);
  EXPECT_EQ(totals.corrupt + totals.out_of_sequence + totals.strangers, 0u);
  EXPECT_EQ(latencies(), 5);
}

TEST_F(MessageAccountTest, WindowIsDecidedByIntendedTime) {
  const std::uint64_t now = now_ns();
  window.set(now - 1000, now + 60'000'000'000);
  ASSERT_TRUE(greet());
  ASSERT_TRUE(receive_message(0, now - 1001, now));  // intended before the window, received in it
  ASSERT_TRUE(receive_message(1, now - 1000, now));
  const ReceiveTotals totals = account.totals();
  EXPECT_EQ(totals.messages, 2u);
  EXPECT_EQ(totals.window_messages, 1u);
  EXPECT_EQ(totals.done_in_window, 2u);
  EXPECT_EQ(latencies(), 1);
}

TEST_F(MessageAccountTest, MessagesOfSlowConnectionsCountAndAreNotMeasured) {
  for (const bool slow : {false, true}) {
    expectation.slow.writers.connections = slow ? 3 : 2;  // the connection's number is 3
    expectation.slow.readers.connections = 1;
    MessageAccount fresh(expectation, window, tallies);
    StreamState stream;
    ASSERT_TRUE(fresh.receive(stream, no_socket, message({greeting_flag, header_bytes, 3, run_id, 0, 0})));
    for (std::uint64_t i = 0; i < 5; ++i) {
      const std::vector<std::byte> whole = message({no_flags, 64, 3, i, now_ns() - 2000, now_ns() - 1000});
      ASSERT_TRUE(fresh.receive(stream, no_socket, std::span(whole).first(20)));
      ASSERT_TRUE(fresh.receive(stream, no_socket, std::span(whole).subspan(20)));
    }
    const ReceiveTotals totals = fresh.totals();
    EXPECT_EQ(totals.messages, 5u);
    EXPECT_EQ(totals.bytes, 40u + 5 * 64);
    EXPECT_EQ(totals.window_messages, 5u);
    EXPECT_EQ(totals.window_slow, slow ? 5u : 0u);
    EXPECT_EQ(totals.done_in_window, slow ? 0u : 5u);
    EXPECT_EQ(totals.corrupt + totals.out_of_sequence + totals.strangers, 0u);
    IntervalHistograms response, service;
    fresh.collect(response, service);
    EXPECT_EQ(total(response).count(), slow ? 0 : 5);
    EXPECT_EQ(total(service).count(), slow ? 0 : 5);
    WindowSeries by_response, by_arrival;
    fresh.collect_windows(by_response, by_arrival);
    std::uint64_t arrived = 0;
    for (const WindowSum& one : by_arrival) arrived += one.count;
    EXPECT_EQ(arrived, slow ? 0u : 5u);
  }
}

TEST_F(MessageAccountTest, WhatIsOutOfSequenceIsToldApart) {
  struct Row {
    std::vector<std::uint64_t> sequences;
    std::uint64_t messages, out_of_sequence, duplicated, reordered;
  };
  for (const Row& row : {Row{{0, 1, 2, 3}, 4, 0, 0, 0}, Row{{0, 2, 3}, 3, 1, 0, 0},  // lost
                         Row{{1, 2}, 2, 1, 0, 0},                                    // the first one
                         Row{{0, 1, 1, 2}, 3, 1, 1, 0},                              // came twice
                         Row{{0, 1, 2, 0, 3}, 4, 1, 1, 0},                           // long ago
                         Row{{0, 2, 1, 3}, 4, 2, 0, 1},                              // swapped
                         Row{{0, 2, 1, 1, 3}, 4, 3, 1, 1},                           // and twice
                         Row{{0, 3, 4, 4, 1, 5}, 5, 3, 1, 1}}                        // all of it: 2 is lost
  ) {
    MessageAccount fresh(expectation, window, tallies);
    StreamState stream;
    ASSERT_TRUE(fresh.receive(stream, no_socket, message({greeting_flag, header_bytes, 3, run_id, 0, 0})));
    for (const std::uint64_t sequence : row.sequences)
      ASSERT_TRUE(fresh.receive(stream, no_socket, message({no_flags, 64, 3, sequence, 1, 1})));
    const ReceiveTotals totals = fresh.totals();
    const std::string which = ::testing::PrintToString(row.sequences);
    EXPECT_EQ(totals.messages, row.messages) << which;
    EXPECT_EQ(totals.window_messages, row.messages) << which;
    EXPECT_EQ(totals.out_of_sequence, row.out_of_sequence) << which;
    EXPECT_EQ(totals.duplicated, row.duplicated) << which;
    EXPECT_EQ(totals.reordered, row.reordered) << which;
    EXPECT_EQ(totals.corrupt, 0u) << which;
  }
}

TEST_F(MessageAccountTest, OneFlippedPayloadByteIsCorrupt) {
  ASSERT_TRUE(greet());
  auto bytes = message({no_flags, 64, 3, 0, 1000, 2000});
  bytes[50] ^= std::byte{1};
  // In two pieces, the bad byte in the first.
  ASSERT_TRUE(receive(std::span<const std::byte>(bytes).first(55)));
  ASSERT_TRUE(receive(std::span<const std::byte>(bytes).subspan(55)));
  ASSERT_TRUE(receive_message(1));
  EXPECT_EQ(account.totals().corrupt, 1u);
}

TEST_F(MessageAccountTest, WrongLengthOrConnectionIsCorrupt) {
  ASSERT_TRUE(greet());
  ASSERT_TRUE(receive(message({no_flags, 65, 3, 0, 1000, 2000})));
  ASSERT_TRUE(receive(message({no_flags, 64, 4, 1, 1000, 2000})));
  EXPECT_EQ(account.totals().corrupt, 2u);
}

// Every length of the range is in bounds, and only one is the message's own.
TEST_F(MessageAccountTest, OfSeveralLengthsOnlyTheMessagesOwnIsRight) {
  expectation.size_bytes = MessageSizes({{64, 1024, 1}});
  expectation.seed = 5;
  ASSERT_TRUE(greet());
  for (std::uint64_t i = 0; i < 100; ++i)
    ASSERT_TRUE(receive(message({no_flags, expectation.size_bytes.of(5, 3, i), 3, i, 1000, 2000})));
  EXPECT_EQ(account.totals().corrupt, 0u);
  ASSERT_TRUE(receive(message({no_flags, expectation.size_bytes.of(5, 3, 101), 3, 100, 1000, 2000})));
  ASSERT_TRUE(receive(message({no_flags, expectation.size_bytes.of(6, 3, 101), 3, 101, 1000, 2000})));
  EXPECT_EQ(account.totals().corrupt, 2u);
  EXPECT_EQ(account.totals().messages, 102u);
}

TEST_F(MessageAccountTest, AReplyLeavesOutTheGreetingThatCameWithItsMessage) {
  expectation.workload = Workload::echo;
  SocketPair pair = connected_pair();
  std::vector<std::byte> stream = message({greeting_flag, header_bytes, 3, run_id, 0, 0});
  const std::vector<std::byte> first = message({no_flags, 64, 3, 0, 1000, 2000});
  stream.insert(stream.end(), first.begin(), first.end());
  // Cut in mid-greeting.
  ASSERT_TRUE(account.receive(state, pair.accepted.native(), std::span<const std::byte>(stream).first(30)));
  ASSERT_TRUE(account.receive(state, pair.accepted.native(), std::span<const std::byte>(stream).subspan(30)));
  std::vector<std::byte> answer(200);
  ASSERT_TRUE(wait_readable(pair.connected.native(), std::chrono::seconds(5)));
  answer.resize(receive_some(pair.connected.native(), answer).bytes);
  EXPECT_EQ(answer, first);
}

// Connections of two messages, closed by a reset; others take their places.
class ChurnAccountTest : public MessageAccountTest {
 protected:
  void end(std::uint64_t messages, std::error_code error) {
    state = {};
    ASSERT_TRUE(churned.receive(state, no_socket,
                                message({greeting_flag, header_bytes, 900, run_id, connect_ns, connect_ns})));
    for (std::uint64_t i = 0; i < messages; ++i)
      ASSERT_TRUE(churned.receive(state, no_socket, message({no_flags, 64, 900, i, 5000, 6000})));
    churned.closed(state, error);
  }
  std::int64_t accepts() const {
    IntervalHistograms accept;
    churned.collect_accepts(accept);
    return total(accept).count();
  }

  const Expectation used_up{run_id, 8, 64, Workload::sink, true, 1, 2, ConnectionClose::abortive};
  MessageAccount churned{used_up, window, tallies};
  const std::uint64_t connect_ns = now_ns() - 1000;
};

TEST_F(ChurnAccountTest, AResetAfterTheLastMessageIsAsAsked) {
  end(2, std::make_error_code(std::errc::connection_reset));
  end(2, std::make_error_code(std::errc::connection_aborted));
  end(2, {});
  end(1, {});  // the last one of the run
  EXPECT_EQ(churned.totals().greeted, 4u);
  EXPECT_EQ(churned.totals().closed, 4u);
  EXPECT_EQ(churned.totals().closed_with_error, 0u) << churned.first_error();
  EXPECT_EQ(churned.totals().strangers, 0u);
  EXPECT_EQ(accepts(), 4);
}

TEST_F(ChurnAccountTest, AResetBeforeThatAndOtherErrorsAreNot) {
  end(1, std::make_error_code(std::errc::connection_reset));
  EXPECT_EQ(churned.totals().closed_with_error, 1u);
  end(2, std::make_error_code(std::errc::host_unreachable));
  EXPECT_EQ(churned.totals().closed_with_error, 2u);
  EXPECT_EQ(churned.totals().closed, 2u);
}

TEST_F(ChurnAccountTest, OnlyConnectsOfTheWindowAreTimed) {
  window.set(connect_ns + 1, UINT64_MAX);
  end(2, {});
  EXPECT_EQ(accepts(), 0);
  window.set(connect_ns, connect_ns + 1);
  end(2, {});
  EXPECT_EQ(accepts(), 1);
}

TEST_F(MessageAccountTest, WhereNoneTakesAnothersPlaceAResetIsAnErrorAndAHighNumberAStranger) {
  ASSERT_TRUE(greet());
  account.closed(state, std::make_error_code(std::errc::connection_reset));
  EXPECT_EQ(account.totals().closed_with_error, 1u);
  state = {};
  EXPECT_FALSE(receive(message({greeting_flag, header_bytes, 8, run_id, 0, 0})));
  EXPECT_EQ(account.totals().strangers, 1u);
}

TEST_F(MessageAccountTest, TalliesTheConnectionThatIsLookedAt) {
  const std::uint64_t now = now_ns();
  window.set(now - 1'000'000, now + 60'000'000'000);
  ASSERT_TRUE(greet());
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(receive_message(i, now - 900'000, now));
  ASSERT_TRUE(receive_message(3, now - 1'000'001, now));  // intended before the window
  ASSERT_TRUE(receive_message(2, now - 900'000, now));    // a second time
  const std::vector<ConnectionFigures> figures = tallies.figures();
  ASSERT_EQ(figures.size(), 8u);
  for (const ConnectionFigures& one : figures) EXPECT_EQ(one.received, one.number == 3 ? 3u : 0u);
}

TEST_F(MessageAccountTest, ThreadsThatServeAConnectionInTurnTallyItTogether) {
  MessageAccount other(expectation, window, tallies);
  ASSERT_TRUE(greet());
  for (std::uint64_t i = 0; i < 500; ++i) {
    ASSERT_TRUE(receive_message(2 * i));
    ASSERT_TRUE(other.receive(state, no_socket, message({no_flags, 64, 3, 2 * i + 1, now_ns(), now_ns()})));
  }
  EXPECT_EQ(tallies.figures()[3].received, 1'000u);
  EXPECT_TRUE(tallies.figures()[3].p99_ns);
}

TEST_F(MessageAccountTest, IdleOnesAndEchoesAreNotTallied) {
  ConnectionTallies first_three(0, 3);
  MessageAccount with_idle(expectation, window, first_three);  // 3 to 7 are idle
  ASSERT_TRUE(with_idle.receive(state, no_socket, message({greeting_flag, header_bytes, 3, run_id, 0, 0})));
  EXPECT_EQ(state.tally, nullptr);
  expectation.workload = Workload::echo;
  SocketPair pair = connected_pair();
  StreamState echoed;
  ASSERT_TRUE(account.receive(echoed, pair.accepted.native(),
                              message({greeting_flag, header_bytes, 2, run_id, 0, 0})));
  ASSERT_TRUE(account.receive(echoed, pair.accepted.native(), message({no_flags, 64, 2, 0, 1000, 2000})));
  EXPECT_EQ(account.totals().window_messages, 1u);
  EXPECT_EQ(tallies.figures()[2].received, 0u) << "its time is the generator's to take";
}

TEST_F(MessageAccountTest, BrokenHeaderClosesTheConnection) {
  ASSERT_TRUE(greet());
  auto bytes = message({no_flags, 64, 3, 0, 1000, 2000});
  bytes[0] ^= std::byte{0xff};
  EXPECT_FALSE(receive(bytes));
  EXPECT_EQ(account.totals().corrupt, 1u);
  EXPECT_EQ(account.first_error(), std::string("bad message header (") + to_string(HeaderError::magic) + ")");
}

TEST_F(MessageAccountTest, WhoDoesNotGreetIsAStranger) {
  const std::vector<std::byte> garbage(200, std::byte{'G'});
  EXPECT_FALSE(receive(garbage));
  state = {};
  EXPECT_FALSE(receive(message({greeting_flag, header_bytes, 3, run_id + 1, 0, 0})));  // of another run
  state = {};
  EXPECT_FALSE(receive(message({greeting_flag, header_bytes, 8, run_id, 0, 0})));  // a connection too many
  state = {};
  EXPECT_FALSE(receive_message(0));  // no greeting
  state = {};
  const auto first = message({no_flags, 64, 3, 0, 1000, 2000});
  std::vector<std::byte> two = first;
  two.insert(two.end(), first.begin(), first.end());
  EXPECT_FALSE(receive(two));  // counted once
  const ReceiveTotals totals = account.totals();
  EXPECT_EQ(totals.strangers, 5u);
  EXPECT_EQ(totals.corrupt + totals.messages + totals.greeted, 0u);
}

TEST_F(MessageAccountTest, CloseInMidMessageIsAnError) {
  ASSERT_TRUE(greet());
  const auto bytes = message({no_flags, 64, 3, 0, 1000, 2000});
  ASSERT_TRUE(receive(std::span<const std::byte>(bytes).first(63)));
  account.closed(state, {});
  EXPECT_EQ(account.totals().closed_with_error, 1u);
  EXPECT_EQ(account.first_error(), "connection closed in mid-message");
}

TEST_F(MessageAccountTest, CloseAtABoundaryAndCancelAreNotErrors) {
  ASSERT_TRUE(greet());
  account.closed(state, {});
  account.closed(state, canceled_error());
  account.closed(StreamState{}, std::make_error_code(std::errc::connection_reset));  // a stranger's
  EXPECT_EQ(account.totals().closed, 2u);
  EXPECT_EQ(account.totals().closed_with_error, 0u);
}

TEST_F(MessageAccountTest, NegativeLatencyIsCountedNotRecorded) {
  ASSERT_TRUE(greet());
  const std::uint64_t later = now_ns() + 3'600'000'000'000;
  ASSERT_TRUE(receive_message(0, later, later));
  EXPECT_EQ(account.totals().negative_latencies, 1u);
  EXPECT_EQ(latencies(), 0);
}

TEST_F(MessageAccountTest, EchoAnswersVerbatimButNotTheGreeting) {
  const NetworkSession network;
  expectation.workload = Workload::echo;
  SocketPair pair = connected_pair();
  const auto deliver = [&](std::span<const std::byte> bytes) {
    return account.receive(state, pair.accepted.native(), bytes);
  };
  ASSERT_TRUE(deliver(message({greeting_flag, header_bytes, 3, run_id, 0, 0})));
  const auto first = message({no_flags, 64, 3, 0, 1000, 2000});
  ASSERT_TRUE(deliver(std::span<const std::byte>(first).first(10)));
  ASSERT_TRUE(deliver(std::span<const std::byte>(first).subspan(10)));
  std::vector<std::byte> answer(first.size() + 100);
  std::size_t got = 0;
  while (got < first.size()) {
    ASSERT_TRUE(wait_readable(pair.connected.native(), std::chrono::seconds(5)));
    const IoResult read = receive_some(pair.connected.native(), std::span(answer).subspan(got));
    ASSERT_FALSE(read.error);
    got += read.bytes;
  }
  answer.resize(got);
  EXPECT_EQ(answer, first);
  EXPECT_FALSE(wait_readable(pair.connected.native(), std::chrono::milliseconds(20)));
}

}  // namespace
}  // namespace recvbench
