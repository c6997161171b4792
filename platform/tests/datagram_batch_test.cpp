// Datagrams of one call arrive apart, whole and in order; what was not taken is told.
#include "platform/datagram_batch.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "platform/datagram.h"

namespace recvbench {
namespace {

class DatagramBatchTest : public testing::Test {
 protected:
  NetworkSession session_;
  Socket receiver_ = bind_udp(Address::loopback(AddressFamily::ipv4));
  Socket sender_ = connect_udp(local_address(receiver_));

  // Lengths of what has come; every byte of datagram i is i.
  std::vector<std::size_t> arrived(std::size_t count) {
    std::vector<std::size_t> lengths;
    std::vector<std::byte> buffer(65'536);
    while (lengths.size() < count && wait_readable(receiver_.native(), std::chrono::milliseconds(5000))) {
      const IoResult received = receive_some(receiver_.native(), buffer);
      EXPECT_FALSE(received.error) << received.error.message();
      for (std::size_t i = 0; i < received.bytes; ++i)
        EXPECT_EQ(buffer[i], static_cast<std::byte>(lengths.size()));
      lengths.push_back(received.bytes);
    }
    return lengths;
  }
};

std::vector<std::byte> numbered(const std::vector<std::uint32_t>& lengths) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < lengths.size(); ++i)
    bytes.insert(bytes.end(), lengths[i], static_cast<std::byte>(i));
  return bytes;
}

TEST_F(DatagramBatchTest, EachArrivesForItselfAndInOrder) {
  for (const auto send : {send_datagrams, send_each}) {
    const std::vector<std::uint32_t> lengths = {64, 40, 1, 1400, 64};
    const DatagramsSent sent = send(sender_.native(), numbered(lengths), lengths);
    EXPECT_FALSE(sent.error) << sent.error.message();
    EXPECT_EQ(sent.count, lengths.size());
    EXPECT_EQ(arrived(5), std::vector<std::size_t>(lengths.begin(), lengths.end()));
  }
}

TEST_F(DatagramBatchTest, TakesAsManyAsItSays) {
  const std::vector<std::uint32_t> lengths(most_datagrams_per_call, 50);
  EXPECT_EQ(send_datagrams(sender_.native(), numbered(lengths), lengths).count, lengths.size());
  EXPECT_EQ(arrived(lengths.size()).size(), lengths.size());
}

TEST_F(DatagramBatchTest, ADatagramThatIsTooLongEndsTheCallAndIsNamedWhereItIsTheFirst) {
  for (const auto send : {send_datagrams, send_each}) {
    const std::vector<std::uint32_t> lengths = {64, 65'508, 64};
    const std::vector<std::byte> bytes = numbered(lengths);
    const DatagramsSent sent = send(sender_.native(), bytes, lengths);
    EXPECT_EQ(sent.count, 1u);
    EXPECT_FALSE(sent.error);
    const DatagramsSent rest =
        send(sender_.native(), std::span(bytes).subspan(64), std::span(lengths).subspan(1));
    EXPECT_EQ(rest.count, 0u);
    EXPECT_EQ(rest.error, std::errc::message_size) << rest.error.message();
    EXPECT_EQ(arrived(1).size(), 1u);
  }
}

}  // namespace
}  // namespace recvbench
