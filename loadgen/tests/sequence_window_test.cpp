// Lost, late and doubled sequences, told apart.
#include "loadgen/sequence_window.h"

#include <gtest/gtest.h>

namespace recvbench {
namespace {

using Arrival = SequenceWindow::Arrival;

TEST(SequenceWindow, InOrderIsInOrder) {
  SequenceWindow window;
  for (std::uint64_t i = 0; i < 3 * SequenceWindow::remembered; ++i)
    ASSERT_EQ(window.arrived(i), Arrival::in_order) << i;
}

TEST(SequenceWindow, AGapIsNoLateness) {
  SequenceWindow window;
  EXPECT_EQ(window.arrived(0), Arrival::in_order);
  EXPECT_EQ(window.arrived(5), Arrival::in_order);
  EXPECT_EQ(window.arrived(6), Arrival::in_order);
}

TEST(SequenceWindow, TheSameAgainIsADuplicate) {
  SequenceWindow window;
  window.arrived(0);
  window.arrived(1);
  EXPECT_EQ(window.arrived(1), Arrival::duplicate);
  EXPECT_EQ(window.arrived(0), Arrival::duplicate);
}

TEST(SequenceWindow, OvertakenIsLateOnceThenADuplicate) {
  SequenceWindow window;
  window.arrived(0);
  window.arrived(3);
  EXPECT_EQ(window.arrived(1), Arrival::late);
  EXPECT_EQ(window.arrived(1), Arrival::duplicate);
  EXPECT_EQ(window.arrived(2), Arrival::late);
  EXPECT_EQ(window.arrived(3), Arrival::duplicate);
  EXPECT_EQ(window.arrived(4), Arrival::in_order);
}

TEST(SequenceWindow, OneThatStartsLateKnowsWhatCameBefore) {
  for (const std::uint64_t next : {std::uint64_t{0}, std::uint64_t{10}, 5 * SequenceWindow::remembered + 7}) {
    SequenceWindow window = SequenceWindow::in_order_up_to(next);
    EXPECT_EQ(window.arrived(next + 2), Arrival::in_order) << next;
    EXPECT_EQ(window.arrived(next + 1), Arrival::late) << next;
    EXPECT_EQ(window.arrived(next), Arrival::late) << next;
    if (next > 0) {
      EXPECT_EQ(window.arrived(next - 1), Arrival::duplicate) << next;
    }
  }
}

TEST(SequenceWindow, AWholeRoundLaterNothingOldIsRemembered) {
  SequenceWindow window;
  for (std::uint64_t i = 0; i < 100; ++i) window.arrived(i);
  const std::uint64_t base = SequenceWindow::remembered;
  EXPECT_EQ(window.arrived(base + 50), Arrival::in_order);
  // Their places were those of 0 .. 49, which did arrive.
  for (std::uint64_t i = 0; i < 50; ++i) ASSERT_EQ(window.arrived(base + i), Arrival::late) << i;
  EXPECT_EQ(window.arrived(60), Arrival::duplicate) << "still remembered";
}

TEST(SequenceWindow, ALeapForgetsEverything) {
  SequenceWindow window;
  window.arrived(7);
  EXPECT_EQ(window.arrived(7 + 10 * SequenceWindow::remembered), Arrival::in_order);
  EXPECT_EQ(window.arrived(6 + 10 * SequenceWindow::remembered), Arrival::late);
  EXPECT_EQ(window.arrived(7), Arrival::late) << "too old to know";
}

}  // namespace
}  // namespace recvbench
