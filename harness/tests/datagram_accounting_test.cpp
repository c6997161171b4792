// Datagrams: loss, duplicates, reordering and strangers on ports that many peers share.
#include <string>
#include <vector>

#include "harness/tests/accounting_fixture.h"
#include "platform/datagram.h"

namespace recvbench {
namespace {

class DatagramAccountTest : public MessageAccountTest {
 protected:
  void arrive(std::span<const std::byte> bytes, bool truncated = false) {
    account.receive_datagram(port, no_socket, Datagram{bytes, {}, truncated});
  }
  void greet(std::uint32_t connection = 3, std::uint64_t id = run_id) {
    arrive(message({greeting_flag, header_bytes, connection, id, 0, 0}));
  }
  void send(std::uint64_t sequence, std::uint32_t connection = 3) {
    arrive(message({no_flags, 64, connection, sequence, now_ns() - 2000, now_ns() - 1000}));
  }

  DatagramState port{8};
};

TEST_F(DatagramAccountTest, ARepeatedGreetingIsOneGreeting) {
  for (int i = 0; i < 3; ++i) greet();
  greet(4);
  EXPECT_EQ(account.totals().greeted, 2u);
  EXPECT_EQ(account.totals().strangers, 0u);
  EXPECT_EQ(account.totals().messages, 0u);
}

TEST_F(DatagramAccountTest, LossLeavesAGapAndNothingElse) {
  greet();
  for (const std::uint64_t sequence : {0u, 1u, 4u, 5u}) send(sequence);
  const ReceiveTotals totals = account.totals();
  EXPECT_EQ(totals.messages, 4u);
  EXPECT_EQ(totals.duplicated + totals.reordered + totals.corrupt + totals.out_of_sequence, 0u);
  EXPECT_EQ(latencies(), 4);
}

TEST_F(DatagramAccountTest, ADuplicateIsCountedAndNotTimed) {
  greet();
  for (const std::uint64_t sequence : {0u, 1u, 1u, 0u}) send(sequence);
  EXPECT_EQ(account.totals().messages, 2u);
  EXPECT_EQ(account.totals().duplicated, 2u);
  EXPECT_EQ(latencies(), 2);
}

TEST_F(DatagramAccountTest, AnOvertakenOneIsAMessageAndReordered) {
  greet();
  for (const std::uint64_t sequence : {0u, 2u, 1u, 3u}) send(sequence);
  EXPECT_EQ(account.totals().messages, 4u);
  EXPECT_EQ(account.totals().reordered, 1u);
  EXPECT_EQ(latencies(), 4);
}

TEST_F(DatagramAccountTest, ConnectionsHaveSequencesOfTheirOwn) {
  greet(3);
  greet(4);
  for (const std::uint64_t sequence : {0u, 1u}) {
    send(sequence, 3);
    send(sequence, 4);
  }
  EXPECT_EQ(account.totals().messages, 4u);
  EXPECT_EQ(account.totals().duplicated + account.totals().reordered, 0u);
}

TEST_F(DatagramAccountTest, EachPeerIsTalliedApart) {
  greet(3);
  greet(4);
  for (const std::uint64_t sequence : {0u, 1u, 1u, 5u}) send(sequence, 3);
  send(0, 4);
  const std::vector<ConnectionFigures> figures = tallies.figures();
  EXPECT_EQ(figures[3].received, 3u) << "a duplicate is no message";
  EXPECT_EQ(figures[4].received, 1u);
  EXPECT_EQ(figures[5].received, 0u);
}

TEST_F(DatagramAccountTest, SocketsOfOnePortAddUp) {
  DatagramState other{8};
  const auto arrive_there = [&](const std::vector<std::byte>& bytes) {
    account.receive_datagram(other, no_socket, Datagram{bytes, {}, false});
  };
  greet(3);
  arrive_there(message({greeting_flag, header_bytes, 4, run_id, 0, 0}));
  for (const std::uint64_t sequence : {0u, 1u, 1u}) {
    send(sequence, 3);
    arrive_there(message({no_flags, 64, 4, sequence, 0, 0}));
  }
  EXPECT_EQ(account.totals().greeted, 2u);
  EXPECT_EQ(account.totals().messages, 4u);
  EXPECT_EQ(account.totals().duplicated, 2u);
  // A connection that changed its socket, which no system should let it, is not taken for lost in silence.
  arrive_there(message({no_flags, 64, 3, 2, 0, 0}));
  EXPECT_EQ(account.totals().strangers, 1u);
}

TEST_F(DatagramAccountTest, WhatSocketsDroppedAddsUpWhereAllTell) {
  account.port_closed({}, true, 3);
  account.port_closed({}, true, 4);
  EXPECT_EQ(account.lost_at_sockets(), 7u);
  account.port_closed({}, true, std::nullopt);
  EXPECT_EQ(account.lost_at_sockets(), std::nullopt);
}

TEST_F(DatagramAccountTest, ATruncatedOneIsNoMessage) {
  greet();
  const auto whole = message({no_flags, 64, 3, 0, 0, 0});
  arrive(std::span(whole).first(50), true);
  EXPECT_EQ(account.totals().truncated, 1u);
  EXPECT_EQ(account.totals().messages, 0u);
  EXPECT_EQ(latencies(), 0);
}

TEST_F(DatagramAccountTest, WhatIsNotTheGeneratorsIsAStrangers) {
  arrive({});                                   // empty
  arrive(message({no_flags, 64, 3, 0, 0, 0}));  // of a connection that has not greeted
  greet(3, run_id + 1);                         // of another run
  greet(8);                                     // no such connection
  const std::vector<std::byte> noise(64, std::byte{0x5a});
  arrive(noise);
  EXPECT_EQ(account.totals().strangers, 5u);
  EXPECT_EQ(account.totals().greeted + account.totals().messages, 0u);
}

TEST_F(DatagramAccountTest, WhatCannotBeReadIsCorruptIfItIsTheGenerators) {
  const std::vector<std::byte> peer(16, std::byte{1}), other(16, std::byte{2});
  const auto arrive_from = [&](const std::vector<std::byte>& source, const std::vector<std::byte>& bytes,
                               bool truncated = false) {
    account.receive_datagram(port, no_socket, Datagram{bytes, source, truncated});
  };
  auto changed = message({no_flags, 64, 3, 0, 1, 1});
  changed[30] ^= std::byte{1};  // of its intended time
  arrive_from(peer, changed);
  EXPECT_EQ(account.totals().strangers, 1u) << "nobody has greeted";
  arrive_from(peer, message({greeting_flag, header_bytes, 3, run_id, 0, 0}));
  arrive_from(peer, changed);
  EXPECT_EQ(account.totals().corrupt, 1u);
  arrive_from(other, changed);
  EXPECT_EQ(account.totals().strangers, 2u);
  changed.resize(20);
  arrive_from(peer, changed, true);
  EXPECT_EQ(account.totals().truncated, 1u);
  EXPECT_EQ(account.totals().corrupt, 1u);
  EXPECT_EQ(account.totals().messages, 0u);
}

TEST_F(DatagramAccountTest, AWrongSizeOrPayloadIsCorrupt) {
  greet();
  arrive(message({no_flags, 80, 3, 0, 0, 0}));
  auto changed = message({no_flags, 64, 3, 1, 0, 0});
  changed.back() ^= std::byte{1};
  arrive(changed);
  EXPECT_EQ(account.totals().corrupt, 2u);
  EXPECT_EQ(account.totals().messages, 0u);
}

TEST_F(DatagramAccountTest, ASocketThatEndsUnaskedIsAnErrorWhateverTheEngineSays) {
  std::uint64_t ends = 0;
  for (const std::error_code error : {std::error_code(), canceled_error()}) {
    account.port_closed(error, false, std::nullopt);
    EXPECT_EQ(account.totals().closed_with_error, ++ends);
    EXPECT_EQ(account.first_error(), "the engine ended the datagram socket before the harness stopped it");
  }
}

TEST_F(DatagramAccountTest, ASocketThatEndsWhenAskedIsNone) {
  account.port_closed({}, true, std::nullopt);
  account.port_closed(canceled_error(), true, std::nullopt);
  EXPECT_EQ(account.totals().closed_with_error, 0u);
  EXPECT_TRUE(account.first_error().empty());
}

TEST_F(DatagramAccountTest, AnErrorIsOneAskedOrNot) {
  const auto failed = std::make_error_code(std::errc::not_a_socket);
  account.port_closed(failed, true, std::nullopt);
  account.port_closed(failed, false, std::nullopt);
  EXPECT_EQ(account.totals().closed_with_error, 2u);
  EXPECT_EQ(account.first_error(), "receive: " + failed.message());
}

TEST(MessageAccountingOfDatagrams, KnowsWhatTheSocketLostOnceItHasEnded) {
  const NetworkSession network;
  MessageAccounting accounting({run_id, 8, 64, Workload::sink, true}, MessageAccounting::Streams::datagrams);
  ReceiveSink& sink = accounting.attach_thread();
  accounting.attach_thread();  // of a thread that has no socket
  SocketOptions little;
  little.receive_buffer_bytes = 4096;
  DatagramPort port(bind_udp(Address::loopback(AddressFamily::ipv4), little), 8);
  EXPECT_EQ(accounting.lost_at_sockets(), 0u) << "none has ended";
  const Socket sender = connect_udp(local_address(port.socket()));
  const std::vector<std::byte> datagram(1000);
  const auto flood = [&] {
    for (int i = 0; i < 100; ++i) ASSERT_FALSE(send_some(sender.native(), datagram).error);
  };
  flood();
  // Nothing is read: all but those that fit are lost, where the system tells. What was lost before the
  // greeting is a stranger's.
  const auto before = dropped_datagrams(port.socket());
  const std::vector<std::byte> greeting = message({greeting_flag, header_bytes, 3, run_id, 0, 0});
  EXPECT_TRUE(sink.on_datagram(port, Datagram{greeting, {}, false}));
  flood();
  // Repeated, as greetings are: the load has begun.
  EXPECT_TRUE(sink.on_datagram(port, Datagram{greeting, {}, false}));
  auto lost = dropped_datagrams(port.socket());
  if (lost) *lost -= before.value_or(0);
  accounting.expect_end();
  sink.on_close(port, canceled_error());
  EXPECT_EQ(accounting.lost_at_sockets(), lost);
  if (lost) {
    EXPECT_GT(*lost, 50u);
  }
  EXPECT_EQ(accounting.totals().closed_with_error, 0u);
}

TEST(MessageAccountingOfDatagrams, AnEngineThatEndsTheSocketEarlyIsFoundOut) {
  const NetworkSession network;
  MessageAccounting accounting({run_id, 8, 64, Workload::sink, true}, MessageAccounting::Streams::datagrams);
  ReceiveSink& sink = accounting.attach_thread();
  DatagramPort port(bind_udp(Address::loopback(AddressFamily::ipv4)), 8);
  sink.on_close(port, canceled_error());
  accounting.expect_end();
  EXPECT_EQ(accounting.totals().closed_with_error, 1u);
  EXPECT_FALSE(accounting.first_error().empty());
}

}  // namespace
}  // namespace recvbench
