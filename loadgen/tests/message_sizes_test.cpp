// Lengths of messages: within their bounds, as often as asked, and the same for whoever computes them.
#include "loadgen/message_sizes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>

namespace recvbench {
namespace {

using Part = MessageSizes::Part;

// How often each length comes among the messages of some connections.
std::map<std::uint32_t, int> counted(const MessageSizes& sizes, std::uint64_t seed, int messages) {
  std::map<std::uint32_t, int> counts;
  for (int i = 0; i < messages; ++i)
    ++counts[sizes.of(seed, static_cast<std::uint32_t>(i % 7), static_cast<std::uint64_t>(i / 7))];
  return counts;
}

TEST(MessageSizes, OneLengthIsThatLength) {
  const MessageSizes sizes(97);
  EXPECT_TRUE(sizes.alike());
  EXPECT_EQ(sizes.least(), 97u);
  EXPECT_EQ(sizes.most(), 97u);
  EXPECT_EQ(sizes.mean(), 97.0);
  EXPECT_EQ(counted(sizes, 1, 1000), (std::map<std::uint32_t, int>{{97, 1000}}));
}

TEST(MessageSizes, EveryLengthOfARangeComesAsOftenAsTheOthers) {
  const MessageSizes sizes({Part{100, 109, 1}});
  EXPECT_FALSE(sizes.alike());
  EXPECT_EQ(sizes.mean(), 104.5);
  const auto counts = counted(sizes, 1, 100'000);
  ASSERT_EQ(counts.size(), 10u);
  for (const auto& [bytes, count] : counts) {
    EXPECT_GE(bytes, 100u);
    EXPECT_LE(bytes, 109u);
    EXPECT_NEAR(count, 10'000, 500) << bytes;  // five standard deviations
  }
}

TEST(MessageSizes, PartsComeByTheirWeights) {
  const MessageSizes sizes({Part{64, 64, 9}, Part{1500, 1500, 1}, Part{200, 201, 10}});
  EXPECT_EQ(sizes.least(), 64u);
  EXPECT_EQ(sizes.most(), 1500u);
  EXPECT_DOUBLE_EQ(sizes.mean(), (9 * 64 + 1500 + 10 * 200.5) / 20);
  auto counts = counted(sizes, 1, 100'000);
  ASSERT_EQ(counts.size(), 4u);
  EXPECT_NEAR(counts[64], 45'000, 800);
  EXPECT_NEAR(counts[1500], 5'000, 400);
  EXPECT_NEAR(counts[200], 25'000, 700);
  EXPECT_NEAR(counts[201], 25'000, 700);
}

TEST(MessageSizes, TheBoundsAreReached) {
  const MessageSizes sizes({Part{header_bytes, max_message_bytes, MessageSizes::max_weight}});
  std::uint64_t sum = 0;
  for (std::uint64_t sequence = 0; sequence < 10'000; ++sequence) {
    const std::uint32_t bytes = sizes.of(3, 0, sequence);
    ASSERT_GE(bytes, header_bytes);
    ASSERT_LE(bytes, max_message_bytes);
    sum += bytes;
  }
  EXPECT_NEAR(static_cast<double>(sum) / 10'000 / sizes.mean(), 1, 0.03);
}

// Both ends of a run are other programs, and may be other builds: these figures must not change.
TEST(MessageSizes, TheLengthOfAMessageNeverChanges) {
  const MessageSizes sizes({Part{64, 1024, 1}});
  EXPECT_EQ(sizes.of(1, 0, 0), 500u);
  EXPECT_EQ(sizes.of(1, 0, 1), 294u);
  EXPECT_EQ(sizes.of(1, 5, 1), 78u);
  EXPECT_EQ(sizes.of(2, 5, 1), 742u);
}

TEST(MessageSizes, SeedConnectionAndSequenceAllMatter) {
  const MessageSizes sizes({Part{64, 1'000'000, 1}});
  std::map<std::uint32_t, int> seen;
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    for (std::uint32_t connection = 0; connection < 10; ++connection)
      for (std::uint64_t sequence = 0; sequence < 10; ++sequence)
        ++seen[sizes.of(seed, connection, sequence)];
  EXPECT_GT(seen.size(), 990u);  // a million lengths: hardly any comes twice
}

}  // namespace
}  // namespace recvbench
