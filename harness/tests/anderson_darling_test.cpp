// A^2 against values computed from its definition by other means, and its answers about samples that follow
// the exponential distribution and samples that do not.
#include "harness/validity/anderson_darling.h"

#include <cmath>
#include <cstdint>
#include <random>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

TEST(AndersonDarling, GivesTheStatisticOfItsDefinition) {
  EXPECT_NEAR(anderson_darling_exponential({1}), 0.4586751453870819, 1e-12);
  EXPECT_NEAR(anderson_darling_exponential({0.5, 0.5, 0.5}), 1.2982563887015663, 1e-12);
  const double expected = 0.4642634820494784;
  EXPECT_NEAR(anderson_darling_exponential({0.1, 0.5, 1, 2, 3}), expected, 1e-12);
  EXPECT_NEAR(anderson_darling_exponential({3, 0.5, 1, 0.1, 2}), expected, 1e-12);  // in any order
}

TEST(AndersonDarling, IsSmallForTheQuantilesThemselves) {
  std::vector<double> quantiles;
  for (int i = 0; i < 1000; ++i) quantiles.push_back(-std::log1p(-(i + 0.5) / 1000));
  EXPECT_NEAR(anderson_darling_exponential(quantiles), 0.0015332769769429433, 1e-9);
}

std::vector<double> exponentials(std::mt19937_64& random, std::size_t count, double mean) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i)
    values.push_back(-mean * std::log1p(-static_cast<double>(random() >> 11) * 0x1p-53));
  return values;
}

TEST(AndersonDarling, RejectsOneSampleInAHundredThatFollowsTheDistribution) {
  std::mt19937_64 random(1);
  int rejected = 0;
  for (int i = 0; i < 5000; ++i)
    if (anderson_darling_exponential(exponentials(random, 100, 1)) > anderson_darling_limit_1_percent)
      ++rejected;
  EXPECT_NEAR(rejected, 50, 4 * std::sqrt(50.0));
}

TEST(AndersonDarling, RejectsAnotherRateAndAnotherDistribution) {
  std::mt19937_64 random(2);
  EXPECT_GT(anderson_darling_exponential(exponentials(random, 5000, 1.1)), anderson_darling_limit_1_percent);
  EXPECT_GT(anderson_darling_exponential(exponentials(random, 5000, 0.9)), anderson_darling_limit_1_percent);
  EXPECT_GT(anderson_darling_exponential(std::vector<double>(100, 1.0)), anderson_darling_limit_1_percent);
  std::vector<double> uniform;
  for (int i = 0; i < 1000; ++i) uniform.push_back(2.0 * i / 1000);
  EXPECT_GT(anderson_darling_exponential(uniform), anderson_darling_limit_1_percent);
}

TEST(AndersonDarling, StaysFiniteWhereAClockStoodStill) {
  EXPECT_TRUE(std::isfinite(anderson_darling_exponential({0, 0, 1})));
  EXPECT_GT(anderson_darling_exponential(std::vector<double>(50, 0.0)), anderson_darling_limit_1_percent);
}

}  // namespace
}  // namespace recvbench
