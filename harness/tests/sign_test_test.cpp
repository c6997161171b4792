#include "harness/summary/sign_test.h"

#include <gtest/gtest.h>

namespace recvbench {
namespace {

// Tables of the sign test: the order statistics of the 95 % interval for the median, counted from 0.
TEST(SignTest, RanksAreThoseOfTheTables) {
  struct Row {
    std::size_t n, low, high;
  };
  for (const Row row : {Row{6, 0, 5}, Row{7, 0, 6}, Row{8, 0, 7}, Row{9, 1, 7}, Row{12, 2, 9}, Row{20, 5, 14},
                        Row{52, 18, 33}, Row{100, 39, 60}}) {
    const auto rank = sign_test_rank(row.n, 0.95);
    ASSERT_TRUE(rank) << row.n;
    EXPECT_EQ(*rank, row.low) << row.n;
    EXPECT_EQ(row.n - 1 - *rank, row.high) << row.n;
  }
}

TEST(SignTest, TooFewSamplesGiveNoInterval) {
  for (std::size_t n = 0; n < 6; ++n) EXPECT_FALSE(sign_test_rank(n, 0.95)) << n;
  EXPECT_EQ(sign_test_rank(5, 0.90), 0u);
  EXPECT_EQ(sign_test_rank(2, 0.5), 0u);
}

TEST(SignTest, CoverageIsExact) {
  EXPECT_NEAR(sign_test_coverage(6, 0), 1 - 2.0 / 64, 1e-12);
  EXPECT_NEAR(sign_test_coverage(8, 1), 1 - 2.0 * 9 / 256, 1e-12);
  EXPECT_NEAR(sign_test_coverage(12, 2), 1 - 2.0 * 79 / 4096, 1e-12);
  const auto rank = sign_test_rank(2000, 0.95);
  ASSERT_TRUE(rank);
  EXPECT_GE(sign_test_coverage(2000, *rank), 0.95);
  EXPECT_LT(sign_test_coverage(2000, *rank + 1), 0.95);
}

TEST(SignTest, MedianAndBoundsOfSamplesInAnyOrder) {
  const MedianInterval odd = median_interval({7, 1, 5, 3, 9, 2, 8, 6, 4});
  EXPECT_DOUBLE_EQ(odd.median, 5);
  ASSERT_TRUE(odd.bounds);
  EXPECT_DOUBLE_EQ(odd.bounds->low, 2);
  EXPECT_DOUBLE_EQ(odd.bounds->high, 8);
  EXPECT_NEAR(odd.bounds->coverage, 1 - 2.0 * 10 / 512, 1e-12);

  EXPECT_DOUBLE_EQ(median_interval({4, 1, 3, 2}).median, 2.5);
  EXPECT_FALSE(median_interval({4, 1, 3, 2}).bounds);
  EXPECT_DOUBLE_EQ(median_interval({3}).median, 3);
}

}  // namespace
}  // namespace recvbench
