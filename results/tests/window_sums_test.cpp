// WindowSums: which 250 ms a value goes to, and that no value is lost on the way.
#include "results/window_sums.h"

#include <gtest/gtest.h>

namespace recvbench {
namespace {

constexpr std::uint64_t window = WindowSums::window_ns;
constexpr std::uint64_t start = 5'000'000'123;

TEST(WindowSums, PutsValuesIntoTheirWindow) {
  struct Case {
    const char* name;
    std::vector<std::uint64_t> at;  // relative to start; the k-th is added with the sum 10^k
    WindowSeries expected;
  };
  const Case cases[] = {
      {"nothing", {}, {{0, 0}}},
      {"first and last instant", {0, window - 1}, {{2, 11}}},
      {"edge belongs to the next", {window - 1, window}, {{1, 1}, {1, 10}}},
      {"a gap leaves empty windows", {0, 3 * window + 5}, {{1, 1}, {0, 0}, {0, 0}, {1, 10}}},
      {"times go back into their own window", {2 * window, 1, 2 * window}, {{1, 10}, {0, 0}, {2, 101}}},
  };
  for (const Case& c : cases) {
    WindowSums sums(start);
    std::uint64_t sum = 1;
    for (const std::uint64_t at : c.at) {
      sums.add(start + at, 1, sum);
      sum *= 10;
    }
    EXPECT_EQ(sums.windows(), c.expected) << c.name;
  }
}

TEST(WindowSums, CountsTimesBeforeTheStartInTheFirstWindowAndKeepsItsBounds) {
  WindowSums sums(start);
  sums.add(start + 2 * window, 1, 1);
  sums.add(0, 2, 10);
  sums.add(start - 1, 1, 100);
  EXPECT_EQ(sums.windows(), (WindowSeries{{3, 110}, {0, 0}, {1, 1}}));
  sums.add(UINT64_MAX, 1, 1'000);
  sums.add(UINT64_MAX, 1, 1'000);
  ASSERT_EQ(sums.windows().size(), WindowSums::most_windows);
  EXPECT_EQ(sums.windows().back(), (WindowSum{2, 2'000}));
}

TEST(WindowSums, SeriesAreAddedWindowByWindow) {
  WindowSeries all;
  add_windows(all, {{1, 10}});
  add_windows(all, {{2, 20}, {3, 30}});
  add_windows(all, {});
  EXPECT_EQ(all, (WindowSeries{{3, 30}, {3, 30}}));
}

}  // namespace
}  // namespace recvbench
