#include "results/connection_tallies.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

TEST(ConnectionTallies, LookAtAnEvenShareOfManyConnections) {
  for (const std::uint32_t connections : {2u, 8u, 1'024u, 1'025u, 10'000u, 60'000u, UINT32_MAX}) {
    ConnectionTallies tallies(0, connections);
    std::uint32_t looked_at = 0;
    for (std::uint32_t number = 0; number < std::min(connections, 60'000u); ++number)
      looked_at += tallies.find(number) ? 1 : 0;
    const auto figures = tallies.figures();
    EXPECT_LE(figures.size(), ConnectionTallies::most) << connections;
    EXPECT_GE(figures.size(), std::min(connections, ConnectionTallies::most / 2)) << connections;
    if (connections <= 60'000) {
      EXPECT_EQ(looked_at, figures.size()) << connections;
    }
    EXPECT_LT(figures.back().number, connections);
    EXPECT_EQ(tallies.find(connections), nullptr) << connections;
  }
}

TEST(ConnectionTallies, OneConnectionHasNobodyToBeComparedWith) {
  for (const std::uint32_t connections : {0u, 1u}) {
    ConnectionTallies tallies(0, connections);
    EXPECT_EQ(tallies.find(0), nullptr);
    EXPECT_TRUE(tallies.figures().empty());
  }
}

TEST(ConnectionTallies, ThoseBeforeTheFirstAreLeftOut) {
  ConnectionTallies tallies(3, 5);
  EXPECT_EQ(tallies.find(2), nullptr);
  ASSERT_NE(tallies.find(3), nullptr);
  tallies.find(4)->sent = 7;
  EXPECT_EQ(tallies.find(5), nullptr);
  const std::vector<ConnectionFigures> expected{{3, 0, 0, {}}, {4, 7, 0, {}}};
  EXPECT_EQ(tallies.figures(), expected);
  EXPECT_TRUE(ConnectionTallies(3, 4).figures().empty());
  EXPECT_TRUE(ConnectionTallies(3, 0).figures().empty());
}

TEST(ConnectionTallies, FiguresAreEachConnectionsOwn) {
  ConnectionTallies tallies(0, 2'000);
  ASSERT_EQ(tallies.find(3), nullptr);
  tallies.find(4)->sent = 1'001;
  for (int i = 0; i < 1'000; ++i) tallies.find(4)->received.record(100);
  tallies.find(1'998)->received.record(100);
  const auto figures = tallies.figures();
  ASSERT_EQ(figures.size(), 1'000u);
  EXPECT_EQ(figures[0], (ConnectionFigures{0, 0, 0, {}}));
  EXPECT_EQ(figures[2], (ConnectionFigures{4, 1'001, 1'000, 64}));
  EXPECT_EQ(figures[999], (ConnectionFigures{1'998, 0, 1, {}}));
}

}  // namespace
}  // namespace recvbench
