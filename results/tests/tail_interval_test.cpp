// Intervals for percentiles: their formula, their limits, and that they cover what they say.
#include "results/tail_interval.h"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

TEST(TailInterval, FollowsTheFormula) {
  // 20 seconds of 1,000 messages 1 .. 1000; in every other second 2 % of them are late instead of 0 %.
  IntervalHistograms seconds;
  for (std::uint64_t second = 0; second < 20; ++second) {
    const int late = second % 2 == 0 ? 20 : 0;
    for (int i = 0; i < 1'000; ++i) seconds[second].record(i < 1'000 - late ? 1 + i : 1'000'000 + i);
  }
  const Histogram whole = total(seconds);
  const std::int64_t p99 = whole.percentile_ns(99);
  EXPECT_EQ(p99, 1'000);
  // d = -0.01, 0.01, ...: se = 0.01 sqrt(20 / (20 * 19)), times t(19) = 2.093: 0.0048.
  const auto interval = tail_interval(whole, seconds, 20, 0.99);
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low_ns, whole.percentile_ns(100 * (0.99 - 2.093 * 0.01 / std::sqrt(19.0))));
  EXPECT_EQ(interval->high_ns, whole.percentile_ns(100 * (0.99 + 2.093 * 0.01 / std::sqrt(19.0))));
  EXPECT_LT(interval->low_ns, p99);
  EXPECT_GT(interval->high_ns, 1'000'000);
}

TEST(TailInterval, IsEmptyWhereThereIsTooLittle) {
  IntervalHistograms seconds;
  for (std::uint64_t second = 0; second < 20; ++second)
    for (int i = 0; i < 500; ++i) seconds[second].record(1 + i);
  const Histogram whole = total(seconds);
  EXPECT_TRUE(tail_interval(whole, seconds, 20, 0.99)) << "10,000 messages: 100 beyond";
  EXPECT_FALSE(tail_interval(whole, seconds, 20, 0.991));
  EXPECT_FALSE(tail_interval(whole, seconds, 19, 0.99));
  EXPECT_FALSE(tail_interval({}, {}, 20, 0.99));
  LatencySummary summary;
  add_intervals(summary, whole, seconds, 20);
  EXPECT_TRUE(summary.p50_ci_ns && summary.p99_ci_ns);
  EXPECT_FALSE(summary.p999_ci_ns);
  seconds.erase(7);
  EXPECT_TRUE(tail_interval(whole, seconds, 20, 0.99)) << "a second in which nothing came counts";
}

TEST(TailInterval, EqualSecondsLeaveNoDoubt) {
  IntervalHistograms seconds;
  for (std::uint64_t second = 0; second < 25; ++second)
    for (int i = 1; i <= 1'000; ++i) seconds[second].record(i);
  const auto interval = tail_interval(total(seconds), seconds, 25, 0.99);
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low_ns, 990);
  EXPECT_EQ(interval->high_ns, 990);
}

// Waiting plus service of one queue with exponential gaps and service (M/M/1), which a busy receiver is: the
// response time is exponential with mean 1 / (service rate - arrival rate), and strongly autocorrelated.
struct Queue {
  static constexpr double rate_per_s = 1'000;
  static constexpr double service_per_s = 1'250;
  static std::int64_t p99_ns() {
    return static_cast<std::int64_t>(std::log(100.0) / (service_per_s - rate_per_s) * 1e9);
  }

  explicit Queue(std::uint64_t seed) : random(seed) {
    std::exponential_distribution<double> gap(rate_per_s);
    std::exponential_distribution<double> service(service_per_s);
    double now_s = 0;
    double free_s = 0;
    // Two seconds to settle.
    while (now_s < 2 + 30) {
      now_s += gap(random);
      free_s = std::max(free_s, now_s) + service(random);
      if (now_s < 2 || now_s >= 32) continue;
      seconds[static_cast<std::uint64_t>(now_s - 2)].record(
          static_cast<std::int64_t>((free_s - now_s) * 1e9));
    }
  }
  std::mt19937_64 random;
  IntervalHistograms seconds;
};

TEST(TailInterval, CoversBetterThanTheTextbookInTheQueueOfABusyReceiver) {
  int ours = 0;
  int textbook = 0;
  constexpr int runs = 100;
  for (int run = 0; run < runs; ++run) {
    const Queue queue(1'000 + static_cast<std::uint64_t>(run));
    const Histogram whole = total(queue.seconds);
    const auto interval = tail_interval(whole, queue.seconds, 30, 0.99);
    ASSERT_TRUE(interval);
    const std::int64_t truth = Queue::p99_ns();
    if (interval->low_ns <= truth && truth <= interval->high_ns) ++ours;
    const double error = 1.96 * std::sqrt(0.99 * 0.01 / static_cast<double>(whole.count()));
    if (whole.percentile_ns(100 * (0.99 - error)) <= truth &&
        truth <= whole.percentile_ns(100 * (0.99 + error)))
      ++textbook;
  }
  EXPECT_GE(ours, 75);
  EXPECT_LE(textbook, 50);
  RecordProperty("ours", ours);
  RecordProperty("textbook", textbook);
}

}  // namespace
}  // namespace recvbench
