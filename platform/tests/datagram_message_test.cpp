// recvmsg: what recvfrom says, and the destination.
#include "platform/datagram_message.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <system_error>

namespace recvbench {
namespace {

class DatagramMessageTest : public testing::TestWithParam<AddressFamily> {
 protected:
  void SetUp() override {
    try {
      receiver_ = bind_udp(Address::loopback(GetParam()));
    } catch (const std::system_error& error) {
      GTEST_SKIP() << "cannot be bound here: " << error.what();
    }
    sender_ = connect_udp(local_address(receiver_));
  }

  void send(std::string_view text) const {
    EXPECT_EQ(send_some(sender_.native(), std::as_bytes(std::span(text))).bytes, text.size());
  }

  // Into a buffer of `room` bytes; what comes of it is below.
  DatagramResult receive(std::size_t room) {
    EXPECT_TRUE(wait_readable(receiver_.native(), std::chrono::seconds(5))) << "nothing has come";
    destination_ = {};
    return receive_now(room);
  }
  DatagramResult receive_now(std::size_t room) {
    return message_.receive(receiver_.native(), std::span(buffer_).first(room), source_, destination_);
  }
  std::string text(const DatagramResult& result) const {
    return {reinterpret_cast<const char*>(buffer_.data()), result.bytes};
  }
  std::uint16_t source_port() const {
    return Address::from_native(source_.bytes().data(), source_.bytes().size()).port();
  }

  const Socket& receiver() const { return receiver_; }
  const Socket& sender() const { return sender_; }
  const Address& destination() const { return destination_; }

 private:
  NetworkSession session_;
  Socket receiver_;
  Socket sender_;
  const MessageReceiver message_;
  std::array<std::byte, 64> buffer_{};
  SourceAddress source_;
  Address destination_;
};
INSTANTIATE_TEST_SUITE_P(Families, DatagramMessageTest,
                         testing::Values(AddressFamily::ipv4, AddressFamily::ipv6),
                         [](const auto& one) { return one.param == AddressFamily::ipv4 ? "ipv4" : "ipv6"; });

TEST_P(DatagramMessageTest, NamesSourceAndDestination) {
  report_destinations(receiver());
  for (const char* said : {"one", "", "three"}) {
    send(said);
    const DatagramResult result = receive(64);
    EXPECT_FALSE(result.error) << result.error.message();
    EXPECT_EQ(text(result), said);
    EXPECT_FALSE(result.truncated);
    EXPECT_EQ(source_port(), local_address(sender()).port());
    ASSERT_GT(destination().size(), 0u);
    EXPECT_EQ(destination().host(), local_address(receiver()).host());
    EXPECT_EQ(destination().port(), 0u);
  }
}

TEST_P(DatagramMessageTest, NamesNoDestinationUnlessAsked) {
  send("hello");
  EXPECT_EQ(text(receive(64)), "hello");
  EXPECT_EQ(destination().size(), 0u);
}

TEST_P(DatagramMessageTest, WhatDoesNotFitIsTruncated) {
  report_destinations(receiver());
  send("hello world");
  send("hell");
  const DatagramResult first = receive(4);
  EXPECT_FALSE(first.error) << first.error.message();
  EXPECT_TRUE(first.truncated);
  EXPECT_EQ(text(first), "hell");
  EXPECT_EQ(source_port(), local_address(sender()).port());
  const DatagramResult exact = receive(4);
  EXPECT_FALSE(exact.truncated);
  EXPECT_EQ(text(exact), "hell");
  EXPECT_EQ(destination().host(), local_address(receiver()).host());
}

TEST_P(DatagramMessageTest, NothingThereIsNoDatagram) {
  set_nonblocking(receiver(), true);
  EXPECT_TRUE(would_block(receive_now(64).error));
}

}  // namespace
}  // namespace recvbench
