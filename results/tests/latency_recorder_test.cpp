// LatencyRecorder: which interval a value goes to, and that no value is lost on the way.
#include "results/latency_recorder.h"

#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t start = 5'000'000'123;

TEST(LatencyRecorder, PutsValuesIntoTheirSecond) {
  struct Case {
    const char* name;
    std::vector<std::uint64_t> at;  // relative to start
    std::map<std::uint64_t, std::int64_t> expected;
  };
  const Case cases[] = {
      {"nothing", {}, {}},
      {"first instant", {0}, {{0, 1}}},
      {"last instant of an interval", {second - 1}, {{0, 1}}},
      {"edge belongs to the next", {second - 1, second}, {{0, 1}, {1, 1}}},
      {"begins late", {7 * second + 1, 8 * second}, {{7, 1}, {8, 1}}},
      {"gap leaves no empty interval", {1, 2, 90 * second}, {{0, 2}, {90, 1}}},
      {"back over an edge stays in the current", {second + 1, 5, second + 2}, {{1, 3}}},
      {"back after a gap", {1, 10 * second, 3 * second, 11 * second}, {{0, 1}, {10, 2}, {11, 1}}},
  };
  for (const Case& c : cases) {
    LatencyRecorder recorder(start);
    for (const std::uint64_t at : c.at) recorder.record(start + at, 1000);
    IntervalHistograms intervals;
    recorder.collect(intervals);
    std::map<std::uint64_t, std::int64_t> counts;
    for (const auto& [interval, histogram] : intervals) counts[interval] = histogram.count();
    EXPECT_EQ(counts, c.expected) << c.name;
  }
}

TEST(LatencyRecorder, CountsTimesBeforeTheStartInIntervalZero) {
  LatencyRecorder recorder(start);
  recorder.record(0, 10);
  recorder.record(start - 1, 20);
  recorder.record(start + second - 1, 30);
  recorder.record(start + second, 40);
  IntervalHistograms intervals;
  recorder.collect(intervals);
  ASSERT_EQ(intervals.size(), 2u);
  EXPECT_EQ(intervals.at(0).count(), 3);
  EXPECT_EQ(intervals.at(0).max_ns(), 30);
  EXPECT_EQ(intervals.at(1).min_ns(), 40);
}

TEST(LatencyRecorder, KeepsValuesThatAreOutOfRange) {
  LatencyRecorder recorder(0);
  recorder.record(1, INT64_MAX);  // an interval with nothing else
  recorder.record(second, 5);
  recorder.record(second, Histogram::highest_ns + 1);
  EXPECT_EQ(recorder.out_of_range(), 2);
  IntervalHistograms intervals;
  recorder.collect(intervals);
  ASSERT_EQ(intervals.size(), 2u);
  EXPECT_EQ(intervals.at(0).out_of_range(), 1);
  EXPECT_EQ(intervals.at(1).out_of_range(), 1);
  EXPECT_EQ(total(intervals).out_of_range(), 2);
  EXPECT_EQ(total(intervals).count(), 1);
}

TEST(LatencyRecorder, ThreadsCollectedEqualTheWhole) {
  std::mt19937_64 random(42);
  std::lognormal_distribution<double> latency(10.8, 1.5);
  std::vector<LatencyRecorder> recorders(3, LatencyRecorder(start));
  std::map<std::uint64_t, Histogram> expected;
  Histogram whole;
  for (std::uint64_t i = 0; i < 30'000; ++i) {
    const auto value = static_cast<std::int64_t>(latency(random));
    const std::uint64_t at = i * 333'333;  // 10 s in all
    recorders[i % 3].record(start + at, value);
    expected[at / second].record(value);
    whole.record(value);
  }
  IntervalHistograms intervals;
  for (const LatencyRecorder& recorder : recorders) recorder.collect(intervals);
  ASSERT_EQ(intervals.size(), 10u);
  for (const auto& [interval, histogram] : intervals) {
    EXPECT_EQ(histogram.encode(), expected[interval].encode()) << interval;
  }
  const Histogram sum = total(intervals);
  EXPECT_EQ(sum.encode(), whole.encode());
  EXPECT_EQ(sum.count(), 30'000);
  EXPECT_EQ(sum.percentile_ns(99.9), whole.percentile_ns(99.9));
  EXPECT_EQ(sum.mean_ns(), whole.mean_ns());
}

TEST(LatencyRecorder, CollectsAsOftenAsAsked) {
  LatencyRecorder recorder(0);
  recorder.record(1, 5);
  IntervalHistograms first;
  IntervalHistograms second_time;
  recorder.collect(first);
  recorder.collect(second_time);
  EXPECT_EQ(total(first).count(), 1);
  EXPECT_EQ(total(second_time).count(), 1);
  EXPECT_EQ(total({}).count(), 0);
}

}  // namespace
}  // namespace recvbench
