// Datagrams: their bounds, their sources, what is too large, and what must not be taken for an end.
#include "platform/datagram.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "platform/clock.h"
#include "platform/system_info.h"

namespace recvbench {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds patience{5000};

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

bool has_ipv6() {
  try {
    bind_udp(Address::loopback(AddressFamily::ipv6));
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

// What one receive brought.
struct Arrived {
  std::string text;
  Address source;
  bool truncated = false;
  std::error_code error;
};

Arrived receive(const Socket& socket, std::size_t room = 65'536) {
  Arrived arrived;
  if (!wait_readable(socket.native(), patience)) {
    ADD_FAILURE() << "nothing has come";
    return arrived;
  }
  std::vector<std::byte> buffer(room);
  SourceAddress source;
  const DatagramResult result = receive_datagram(socket.native(), buffer, source);
  arrived.truncated = result.truncated;
  arrived.error = result.error;
  if (result.error) return arrived;
  arrived.text.assign(reinterpret_cast<const char*>(buffer.data()), result.bytes);
  arrived.source = Address::from_native(source.bytes().data(), source.bytes().size());
  return arrived;
}

class DatagramTest : public testing::TestWithParam<AddressFamily> {
 protected:
  void SetUp() override {
    if (GetParam() == AddressFamily::ipv6 && !has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
    receiver = bind_udp(Address::loopback(GetParam()));
    sender = connect_udp(local_address(receiver));
  }
  void send(std::string_view text) const {
    const IoResult sent = send_some(sender.native(), bytes_of(text));
    EXPECT_EQ(sent.bytes, text.size()) << sent.error.message();
  }

  Socket receiver;
  Socket sender;

 private:
  NetworkSession session_;
};
INSTANTIATE_TEST_SUITE_P(Families, DatagramTest, testing::Values(AddressFamily::ipv4, AddressFamily::ipv6),
                         [](const auto& one) { return one.param == AddressFamily::ipv4 ? "ipv4" : "ipv6"; });

TEST_P(DatagramTest, KeepsBoundsAndNamesTheSource) {
  send("one");
  send("three");
  for (const char* expected : {"one", "three"}) {
    const Arrived arrived = receive(receiver);
    EXPECT_EQ(arrived.text, expected) << arrived.error.message();
    EXPECT_EQ(arrived.source.to_string(), local_address(sender).to_string());
    EXPECT_FALSE(arrived.truncated);
  }
}

TEST_P(DatagramTest, ZeroBytesAreADatagram) {
  send("");
  send("next");
  const Arrived empty = receive(receiver);
  EXPECT_FALSE(empty.error) << empty.error.message();
  EXPECT_EQ(empty.text, "");
  EXPECT_EQ(empty.source.port(), local_address(sender).port());
  EXPECT_EQ(receive(receiver).text, "next");
}

TEST_P(DatagramTest, WhatDoesNotFitIsTruncatedAndTheRestIsLost) {
  send("hello world");
  send("hell");
  const Arrived first = receive(receiver, 4);
  EXPECT_FALSE(first.error) << first.error.message();
  EXPECT_EQ(first.text, "hell");
  EXPECT_TRUE(first.truncated);
  EXPECT_EQ(first.source.port(), local_address(sender).port());
  const Arrived exact = receive(receiver, 4);
  EXPECT_EQ(exact.text, "hell");
  EXPECT_FALSE(exact.truncated) << "a datagram that fills the buffer is whole";
}

TEST_P(DatagramTest, TheLargestArrivesWhole) {
  const std::string large(most_datagram_bytes, 'x');
  send(large);
  const Arrived arrived = receive(receiver);
  EXPECT_EQ(arrived.text.size(), large.size());
  EXPECT_FALSE(arrived.truncated);
}

TEST_P(DatagramTest, AReplyReachesTheSource) {
  send("question");
  const Arrived question = receive(receiver);
  const auto to = std::span(static_cast<const std::byte*>(question.source.data()), question.source.size());
  const std::error_code error = send_datagram(receiver.native(), bytes_of("answer"), to, patience);
  EXPECT_FALSE(error) << error.message();
  EXPECT_EQ(receive(sender).text, "answer");
}

TEST_P(DatagramTest, APortInUseIsAnErrorThatNamesTheAddress) {
  try {
    bind_udp(local_address(receiver));
    ADD_FAILURE() << "a second socket was bound to a port in use";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::address_in_use) << error.what();
    EXPECT_NE(std::string(error.what()).find(local_address(receiver).to_string()), std::string::npos);
  }
}

TEST_P(DatagramTest, AReplyToNobodyDoesNotEndTheReceives) {
  Socket gone = bind_udp(Address::loopback(GetParam()));
  const Address nobody = local_address(gone);
  gone.close();
  const auto to = std::span(static_cast<const std::byte*>(nobody.data()), nobody.size());
  for (int i = 0; i < 3; ++i)
    EXPECT_FALSE(send_datagram(receiver.native(), bytes_of("anyone?"), to, patience));
  sleep_until_ns(now_ns() + 20'000'000);
  send("hello");
  EXPECT_EQ(receive(receiver).text, "hello");
}

TEST_P(DatagramTest, AnEarlierSendsFailureIsKnownAsOne) {
  const Socket peer = connect_udp([] {
    const Socket gone = bind_udp(Address::loopback(GetParam()));
    return local_address(gone);
  }());
  set_nonblocking(peer, true);
  EXPECT_FALSE(send_some(peer.native(), bytes_of("anyone?")).error);
  std::array<std::byte, 16> buffer;
  SourceAddress source;
  const bool answered = wait_readable(peer.native(), milliseconds(200));
  const DatagramResult result = receive_datagram(peer.native(), buffer, source);
  if (!answered && would_block(result.error)) GTEST_SKIP() << "this system does not report it";
  EXPECT_TRUE(concerns_earlier_send(result.error)) << result.error.message();
  EXPECT_FALSE(concerns_earlier_send(canceled_error()));
  EXPECT_FALSE(concerns_earlier_send({}));
}

TEST_P(DatagramTest, NothingThereIsNoDatagram) {
  set_nonblocking(receiver, true);
  std::array<std::byte, 16> buffer;
  SourceAddress source;
  EXPECT_TRUE(would_block(receive_datagram(receiver.native(), buffer, source).error));
}

class DatagramSocketTest : public testing::Test {
  NetworkSession session_;
};

TEST_F(DatagramSocketTest, ADualStackSocketHearsAndAnswersBothFamilies) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  const Socket receiver = bind_udp(Address::any(AddressFamily::ipv6));
  const std::uint16_t port = local_address(receiver).port();
  for (const AddressFamily family : {AddressFamily::ipv4, AddressFamily::ipv6}) {
    const Socket sender = connect_udp(Address::loopback(family, port));
    EXPECT_EQ(send_some(sender.native(), bytes_of("hello")).bytes, 5u);
    const Arrived arrived = receive(receiver);
    EXPECT_EQ(arrived.text, "hello");
    EXPECT_TRUE(arrived.source.is_loopback()) << arrived.source.to_string();
    EXPECT_EQ(arrived.source.port(), local_address(sender).port());
    const auto to = std::span(static_cast<const std::byte*>(arrived.source.data()), arrived.source.size());
    EXPECT_FALSE(send_datagram(receiver.native(), bytes_of("reply"), to, patience));
    EXPECT_EQ(receive(sender).text, "reply");
  }
}

// What each socket of a group hears of senders who each send their own number three times.
std::vector<std::vector<std::string>> heard_by(const std::vector<Socket>& group, int senders) {
  std::vector<Socket> from;
  for (int i = 0; i < senders; ++i) from.push_back(connect_udp(local_address(group.front())));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < senders; ++i)
      EXPECT_FALSE(send_some(from[static_cast<std::size_t>(i)].native(), bytes_of(std::to_string(i))).error);
  }
  std::vector<std::vector<std::string>> heard(group.size());
  std::size_t left = static_cast<std::size_t>(senders) * 3;
  const std::uint64_t give_up = now_ns() + 5'000'000'000;
  while (left > 0 && now_ns() < give_up) {
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (!wait_readable(group[i].native(), milliseconds(0))) continue;
      heard[i].push_back(receive(group[i]).text);
      --left;
    }
  }
  EXPECT_EQ(left, 0u) << "datagrams have not come";
  return heard;
}

TEST_F(DatagramSocketTest, AGroupSharesAPortAndEveryFlowStaysOnOneSocket) {
  std::vector<Socket> group;
  try {
    group = bind_udp_group(Address::loopback(AddressFamily::ipv4), 2);
  } catch (const std::system_error& error) {
    // Wine, and Windows before 8: refused by name, and nothing else in its place.
    EXPECT_EQ(error.code(), std::errc::operation_not_supported) << error.what();
    EXPECT_NE(std::string(error.what()).find("SIO_CPU_AFFINITY=0"), std::string::npos) << error.what();
    GTEST_SKIP() << "this system does not share a port so: " << error.what();
  }
  ASSERT_EQ(group.size(), 2u);
  for (const Socket& socket : group)
    EXPECT_EQ(local_address(socket).to_string(), local_address(group.front()).to_string());
  constexpr int senders = 64;
  std::set<std::string> seen;
  std::size_t busy = 0;
  for (const auto& texts : heard_by(group, senders)) {
    const std::set<std::string> flows(texts.begin(), texts.end());
    EXPECT_EQ(texts.size(), 3 * flows.size()) << "a flow arrived in parts";
    for (const std::string& flow : flows)
      EXPECT_TRUE(seen.insert(flow).second) << "flow " << flow << " moved";
    if (!texts.empty()) ++busy;
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(senders));
  // Windows divides by the hash of a network card, and does not say what loopback has in its place.
  if (std::string_view(platform_name()) == "linux") {
    EXPECT_GT(busy, 1u) << "nothing was divided";
  }
}

TEST_F(DatagramSocketTest, AGroupOfOneIsASocketLikeAnyOther) {
  const std::vector<Socket> group = bind_udp_group(Address::loopback(AddressFamily::ipv4), 1);
  ASSERT_EQ(group.size(), 1u);
  EXPECT_THROW(bind_udp_group(local_address(group.front()), 1), std::system_error);
}

TEST_F(DatagramSocketTest, TooLargeToSendIsAnError) {
  const Socket receiver = bind_udp(Address::loopback(AddressFamily::ipv4));
  const Address to = local_address(receiver);
  const std::vector<std::byte> oversized(most_datagram_bytes + 1);
  const auto address = std::span(static_cast<const std::byte*>(to.data()), to.size());
  EXPECT_EQ(send_datagram(receiver.native(), oversized, address, patience), std::errc::message_size);
}

}  // namespace
}  // namespace recvbench
