// What holds up a closed loop over datagrams, on times made up.
#include "loadgen/awaited_replies.h"

#include <gtest/gtest.h>

namespace recvbench {
namespace {

constexpr std::uint64_t start_ns = 5'000'000'000;
constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t given_up_by_ns = AwaitedReplies::patience_ns + AwaitedReplies::span_ns;

TEST(AwaitedReplies, AReplyEndsTheWaitForItsMessage) {
  AwaitedReplies awaited;
  for (std::uint64_t sequence = 0; sequence < 3; ++sequence) awaited.sent(sequence, start_ns);
  EXPECT_EQ(awaited.count(), 3U);
  EXPECT_TRUE(awaited.answered(1));
  EXPECT_TRUE(awaited.answered(0));
  EXPECT_EQ(awaited.count(), 1U);
  EXPECT_TRUE(awaited.answered(2));
  EXPECT_EQ(awaited.count(), 0U);
}

TEST(AwaitedReplies, IsGivenUpAfterItsPatienceAndSoonAfterIt) {
  AwaitedReplies awaited;
  awaited.sent(0, start_ns);
  EXPECT_EQ(awaited.give_up(start_ns + AwaitedReplies::patience_ns), 0U);
  EXPECT_EQ(awaited.count(), 1U);
  EXPECT_EQ(awaited.give_up(start_ns + given_up_by_ns), 1U);
  EXPECT_EQ(awaited.count(), 0U);
  EXPECT_EQ(awaited.give_up(start_ns + 2 * given_up_by_ns), 0U);
}

TEST(AwaitedReplies, OtherMessagesRepliesDoNotRenewThePatience) {
  AwaitedReplies awaited;
  awaited.sent(0, start_ns);  // lost
  for (std::uint64_t sequence = 1; sequence <= given_up_by_ns / ms; ++sequence) {
    const std::uint64_t now = start_ns + sequence * ms;
    awaited.sent(sequence, now);
    EXPECT_TRUE(awaited.answered(sequence));
    EXPECT_EQ(awaited.count(), now < start_ns + given_up_by_ns ? 1U : 0U);
  }
  EXPECT_EQ(awaited.count(), 0U);
}

TEST(AwaitedReplies, ALateReplyDoesNotStandForANewerMessage) {
  AwaitedReplies awaited;
  awaited.sent(0, start_ns);
  ASSERT_EQ(awaited.give_up(start_ns + given_up_by_ns), 1U);
  awaited.sent(1, start_ns + given_up_by_ns);
  EXPECT_FALSE(awaited.answered(0));
  EXPECT_EQ(awaited.count(), 1U);
  EXPECT_TRUE(awaited.answered(1));
}

TEST(AwaitedReplies, OneSentRightBeforeAnotherIsGivenUpKeepsItsOwnPatience) {
  AwaitedReplies awaited;
  const std::uint64_t later = start_ns + given_up_by_ns - ms;
  awaited.sent(0, start_ns);
  awaited.sent(1, later);
  EXPECT_EQ(awaited.give_up(start_ns + given_up_by_ns), 1U);
  EXPECT_EQ(awaited.give_up(later + AwaitedReplies::patience_ns), 0U);
  EXPECT_TRUE(awaited.answered(1));
}

// give_up() need not be called: what is sent meanwhile does not let the count grow beyond the patience.
TEST(AwaitedReplies, RemembersNoMoreThanThePatience) {
  AwaitedReplies awaited;
  for (std::uint64_t sequence = 0; sequence < 10'000; ++sequence)
    awaited.sent(sequence, start_ns + sequence * ms);
  EXPECT_GE(awaited.count(), AwaitedReplies::patience_ns / ms);
  EXPECT_LE(awaited.count(), given_up_by_ns / ms);
  EXPECT_FALSE(awaited.answered(0));
  EXPECT_FALSE(awaited.answered(9'000));
  EXPECT_TRUE(awaited.answered(9'999));
  EXPECT_TRUE(awaited.answered(9'999 - AwaitedReplies::patience_ns / ms));
}

TEST(AwaitedReplies, AfterALongPauseItStartsAnew) {
  AwaitedReplies awaited;
  awaited.sent(0, start_ns);
  EXPECT_TRUE(awaited.answered(0));
  awaited.sent(1, start_ns + 3'600'000 * ms);
  EXPECT_EQ(awaited.count(), 1U);
  EXPECT_EQ(awaited.give_up(start_ns + 3'600'000 * ms + AwaitedReplies::patience_ns), 0U);
  EXPECT_TRUE(awaited.answered(1));
}

}  // namespace
}  // namespace recvbench
