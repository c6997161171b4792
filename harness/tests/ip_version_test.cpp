#include "harness/run/ip_version.h"

#include <gtest/gtest.h>

namespace recvbench {
namespace {

class IpVersionTest : public ::testing::Test {
  NetworkSession session_;
};

TEST_F(IpVersionTest, OneVersionStaysOnLoopback) {
  EXPECT_EQ(receiver_address(IpVersion::v4).to_string(), "127.0.0.1:0");
  EXPECT_EQ(receiver_address(IpVersion::v6).to_string(), "[::1]:0");
  EXPECT_EQ(receiver_hosts(IpVersion::v4), std::vector<std::string>{"127.0.0.1"});
  EXPECT_EQ(receiver_hosts(IpVersion::v6), std::vector<std::string>{"::1"});
  EXPECT_TRUE(is_ipv6_only(IpVersion::v6));
}

TEST_F(IpVersionTest, BothMeetOnOneSocketAndIPv4ComesFirst) {
  EXPECT_EQ(receiver_address(IpVersion::dual).to_string(), "[::]:0");
  EXPECT_FALSE(is_ipv6_only(IpVersion::dual));
  EXPECT_EQ(receiver_hosts(IpVersion::dual), (std::vector<std::string>{"127.0.0.1", "::1"}));
}

TEST_F(IpVersionTest, EveryMachineHasIPv4) {
  EXPECT_EQ(obstacle_to(IpVersion::v4), std::nullopt);
}

TEST_F(IpVersionTest, AnObstacleNamesCallAndAddress) {
  const auto obstacle = obstacle_to(IpVersion::v6);
  if (!obstacle) GTEST_SKIP() << "this machine has IPv6";
  EXPECT_NE(obstacle->find("bind([::1]:0)"), std::string::npos) << *obstacle;
  EXPECT_NE(obstacle_to(IpVersion::dual), std::nullopt);
}

}  // namespace
}  // namespace recvbench
