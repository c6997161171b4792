#include "harness/validity/steady_series.h"

#include <cmath>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

TEST(SteadySeries, BatchesAreOfFiveWindows) {
  WindowSeries windows;
  for (std::uint64_t i = 1; i <= 12; ++i) windows.push_back({i, 100 * i * i});
  // Latency: of all messages of the five, so that a window with few of them does not weigh as much as others.
  EXPECT_EQ(latency_batches(windows), (std::vector<double>{100.0 * 55 / 15, 100.0 * 330 / 40}));
  EXPECT_EQ(count_batches(windows), (std::vector<double>{3, 8}));
  EXPECT_TRUE(latency_batches({}).empty());
  for (std::size_t i = 0; i < 4; ++i) windows[i] = {};
  EXPECT_EQ(latency_batches(windows), (std::vector<double>{500, 100.0 * 330 / 40}));
  windows[4] = {};
  EXPECT_TRUE(latency_batches(windows).empty()) << "no message in a batch: no mean";
  EXPECT_EQ(count_batches(windows), (std::vector<double>{0, 8}));
}

TEST(SteadySeries, MserCutsOffTheBegin) {
  struct Case {
    const char* name;
    std::vector<double> batches;
    std::size_t cut;
  };
  const Case cases[] = {
      {"all equal", {5, 5, 5, 5, 5, 5}, 0},
      {"alternating", {5, 6, 5, 6, 5, 6, 5, 6}, 0},
      {"one transient", {50, 5, 6, 5, 6, 5, 6, 5}, 1},
      {"two of them", {50, 20, 5, 6, 5, 6, 5, 6, 5, 6}, 2},
      {"never settles: at the cap", {8, 7, 6, 5, 4, 3, 2, 1}, 4},
      {"a step in the middle", {9, 9, 9, 9, 5, 5, 5, 5}, 4},
      {"the cap of an odd number", {9, 9, 9, 5, 5, 5, 5}, 3},
      {"a step past the middle is not reached", {5, 5, 5, 5, 5, 5, 9, 9}, 0},
  };
  for (const Case& c : cases) EXPECT_EQ(mser_truncation(c.batches), c.cut) << c.name;
}

TEST(SteadySeries, TrendIsTheChangeOfTheFittedLineOverTheLength) {
  const Drift rising = trend_of(std::vector<double>{1, 2, 3, 4, 5, 6}, 0.99);
  EXPECT_NEAR(rising.share, 6 / 3.5, 1e-12);
  EXPECT_NEAR(rising.noise_share, 0, 1e-12);
  const Drift falling = trend_of(std::vector<double>{60, 50, 40, 30, 20, 10}, 0.99);
  EXPECT_NEAR(falling.share, -6 / 3.5, 1e-12);
  // By hand: slope 6 / 17.5, residual sum of squares 7.6 - 36 / 17.5 around the mean 3.
  const Drift noisy = trend_of(std::vector<double>{2, 3, 2, 4, 3, 4}, 0.95);
  EXPECT_NEAR(noisy.share, 6.0 / 17.5 * 6 / 3, 1e-12);
  EXPECT_NEAR(noisy.noise_share, 2.7764 * std::sqrt((4 - 36 / 17.5) / 4 / 17.5) * 6 / 3, 1e-4);
}

TEST(SteadySeries, HalvesAreComparedByTheirMeans) {
  const Drift drift = halves_of(std::vector<double>{1, 2, 3, 99, 4, 5, 6}, 0.95);  // without the middle one
  EXPECT_NEAR(drift.share, 3 / (120.0 / 7), 1e-12);
  EXPECT_NEAR(drift.noise_share, 2.7764 * std::sqrt((2.0 + 2.0) / (3 * 2)) / (120.0 / 7), 1e-4);
}

}  // namespace
}  // namespace recvbench
