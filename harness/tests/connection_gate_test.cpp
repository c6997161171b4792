// Who is let in, and what is remembered of failures.
#include "harness/receiver/connection_gate.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <memory>
#include <vector>

#include "platform/socket.h"

namespace recvbench {
namespace {

TEST(ConnectionGate, LetsInUpToItsLimitAndClosesTheRest) {
  const NetworkSession session;
  ConnectionGate gate(2);
  std::vector<SocketPair> pairs;
  std::vector<std::unique_ptr<Connection>> admitted;
  for (int i = 0; i < 3; ++i) {
    pairs.push_back(connected_pair());
    admitted.push_back(gate.admit(std::move(pairs.back().accepted)));
  }
  EXPECT_NE(admitted[0], nullptr);
  EXPECT_NE(admitted[1], nullptr);
  EXPECT_EQ(admitted[2], nullptr);
  std::array<std::byte, 1> byte{};
  ASSERT_TRUE(wait_readable(pairs[2].connected.native(), std::chrono::seconds(10)));
  EXPECT_EQ(receive_some(pairs[2].connected.native(), byte).bytes, 0u);
  EXPECT_EQ(gate.first_error(), "");
}

TEST(ConnectionGate, KnowsTheSmallestReceiveBuffer) {
  const NetworkSession session;
  ConnectionGate gate(3);
  EXPECT_EQ(gate.receive_buffer(), std::nullopt);
  std::optional<int> smallest;
  for (const int asked : {32 * 1024, 16 * 1024, 64 * 1024}) {
    SocketOptions options;
    options.receive_buffer_bytes = asked;
    SocketPair pair = connected_pair(AddressFamily::ipv4, options);
    if (asked == 16 * 1024) smallest = granted_receive_buffer(pair.accepted);
    const auto admitted = gate.admit(std::move(pair.accepted));
  }
  EXPECT_EQ(gate.receive_buffer(), smallest);
}

TEST(ConnectionGate, RemembersTheFirstFailure) {
  ConnectionGate gate(1);
  gate.failed({std::make_error_code(std::errc::no_buffer_space), "accept"});
  gate.failed({std::make_error_code(std::errc::timed_out), "later"});
  EXPECT_NE(gate.first_error().find("accept"), std::string::npos) << gate.first_error();
}

}  // namespace
}  // namespace recvbench
