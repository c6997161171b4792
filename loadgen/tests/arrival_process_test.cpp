// Arrival processes against hand-computed tables, hours into a run, shared between worker threads, and, where
// they are random, against their distribution's moments.
#include "loadgen/arrival_process.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

LoadPlan plan_of(ArrivalPattern arrival, double rate, std::uint32_t connections = 1, int threads = 1) {
  LoadPlan plan;
  plan.arrival = arrival;
  plan.rate_per_s = rate;
  plan.connections = connections;
  plan.threads = threads;
  return plan;
}

constexpr ArrivalPattern constant{};
constexpr ArrivalPattern poisson{ArrivalPattern::Kind::poisson, 1};
constexpr ArrivalPattern burst_of(std::uint32_t messages) {
  return {ArrivalPattern::Kind::burst, messages};
}

std::vector<Arrival> first(std::size_t count, const LoadPlan& plan, std::uint32_t worker = 0) {
  const auto arrivals = make_arrivals(plan, worker);
  std::vector<Arrival> list;
  for (std::size_t i = 0; i < count; ++i) list.push_back(arrivals->next());
  return list;
}

// Of message k, without walking there.
std::uint64_t constant_offset(double rate, std::uint64_t k) {
  // With k + 1 connections and as many workers, worker k's first message is message k of the whole.
  LoadPlan plan = plan_of(constant, rate, static_cast<std::uint32_t>(k + 1), static_cast<int>(k + 1));
  return make_arrivals(plan, static_cast<std::uint32_t>(k))->next().offset_ns;
}

TEST(ConstantArrivals, ComputeTimesFromTheMessageNumber) {
  struct Case {
    double rate;
    std::uint32_t k;
    std::uint64_t offset_ns;
  };
  const Case cases[] = {
      {1000, 0, 0},
      {1000, 1, 1'000'000},
      {1000, 3'600, 3'600'000'000},
      {3, 1, 333'333'333},  // 1/3 s, rounded down
      {3, 2, 666'666'666},
      {3, 3, 1'000'000'000},
      {3, 3'000'001, 1'000'000'333'333'333},  // eleven days
      {1.0 / 3.0, 1, 3'000'000'000},
      {1.0 / 3.0, 1'000, 3'000'000'000'000},
      {10e6, 1, 100},
      {1e-1, 3'600, 36'000'000'000'000},    // ten hours
      {7e6, 700'000'000, 100'000'000'000},  // 142.857 ns apart: an error of 1 ns a message would be 100 s
      {1e9, 123'456'789, 123'456'789},
  };
  for (const Case& item : cases)
    EXPECT_EQ(constant_offset(item.rate, item.k), item.offset_ns) << "rate " << item.rate << " k " << item.k;
}

TEST(ConstantArrivals, NeverGoBackAndNeverDrift) {
  for (const double rate : {0.7, 3.0, 999.9, 123'457.0, 9'999'991.0}) {
    const auto gap = static_cast<std::uint64_t>(1e9 / rate);
    const std::vector<Arrival> list = first(100'000, plan_of(constant, rate));
    for (std::size_t k = 1; k < list.size(); ++k) {
      ASSERT_GE(list[k].offset_ns, list[k - 1].offset_ns + gap - (gap > 0 ? 1 : 0)) << rate << " " << k;
      ASSERT_LE(list[k].offset_ns, list[k - 1].offset_ns + gap + 2) << rate << " " << k;
    }
    EXPECT_NEAR(static_cast<double>(list.back().offset_ns), 99'999 * 1e9 / rate, 1.0) << rate;
  }
}

TEST(ConstantArrivals, TakeTurnsOverTheWorkersOwnConnections) {
  // Worker 1 of 2 owns the connections 1 and 3 of 5: messages 1, 3, 6, 8, 11, 13 of the whole.
  const std::vector<Arrival> expected = {{1'000, 0}, {3'000, 1},  {6'000, 0},
                                         {8'000, 1}, {11'000, 0}, {13'000, 1}};
  EXPECT_EQ(first(6, plan_of(constant, 1e6, 5, 2), 1), expected);
}

TEST(BurstArrivals, FallDueTogetherOnOneConnectionAfterTheOther) {
  // 3 messages every 3 us, on connections 0, 1, 0, ...
  const std::vector<Arrival> expected = {{0, 0},     {0, 0},     {0, 0},     {3'000, 1},
                                         {3'000, 1}, {3'000, 1}, {6'000, 0}, {6'000, 0}};
  EXPECT_EQ(first(8, plan_of(burst_of(3), 1e6, 2)), expected);
}

TEST(BurstArrivals, OfOneAreConstant) {
  EXPECT_EQ(first(1000, plan_of(burst_of(1), 12'345.6, 7, 3), 2),
            first(1000, plan_of(constant, 12'345.6, 7, 3), 2));
}

TEST(BurstArrivals, KeepTheRateAsked) {
  const std::vector<Arrival> list = first(32 * 1000 + 1, plan_of(burst_of(32), 7'000));
  EXPECT_NEAR(static_cast<double>(list.back().offset_ns), 32'000 * 1e9 / 7'000, 1.0);
}

TEST(Arrivals, OfAllWorkersAreEachMessageOnce) {
  for (const std::uint32_t burst : {1U, 4U}) {
    for (const std::uint32_t connections : {1U, 2U, 5U, 7U}) {
      std::multiset<std::pair<std::uint64_t, std::uint32_t>> whole;  // time and connection
      for (const Arrival& one : first(280, plan_of(burst_of(burst), 1e6, connections)))
        whole.insert({one.offset_ns, one.own_index});
      const std::uint64_t end = whole.rbegin()->first;
      for (std::uint32_t workers = 1; workers <= connections; ++workers) {
        std::multiset<std::pair<std::uint64_t, std::uint32_t>> shared;
        for (std::uint32_t worker = 0; worker < workers; ++worker) {
          const LoadPlan plan = plan_of(burst_of(burst), 1e6, connections, static_cast<int>(workers));
          for (const Arrival& one : first(280, plan, worker))
            if (one.offset_ns <= end) shared.insert({one.offset_ns, worker + one.own_index * workers});
        }
        ASSERT_EQ(shared, whole) << connections << " connections, " << workers << " workers";
      }
    }
  }
}

// Mean and squared coefficient of variation of what lies between.
std::pair<double, double> gap_moments(const std::vector<std::uint64_t>& times) {
  std::vector<double> gaps;
  for (std::size_t i = 1; i < times.size(); ++i) gaps.push_back(static_cast<double>(times[i] - times[i - 1]));
  const double n = static_cast<double>(gaps.size());
  const double mean = std::accumulate(gaps.begin(), gaps.end(), 0.0) / n;
  double squares = 0;
  for (const double gap : gaps) squares += (gap - mean) * (gap - mean);
  return {mean, squares / n / (mean * mean)};
}

// An exponential's mean over n gaps has a standard error of 1/sqrt(n), its squared coefficient of variation,
// which is 1, one of about sqrt(8/n). Five of them are allowed, for seeds that are fixed anyway.
void expect_exponential(const std::vector<std::uint64_t>& times, double mean_gap_ns) {
  const auto [mean, variation] = gap_moments(times);
  const double n = static_cast<double>(times.size() - 1);
  EXPECT_NEAR(mean / mean_gap_ns, 1, 5 / std::sqrt(n));
  EXPECT_NEAR(variation, 1, 5 * std::sqrt(8 / n));
}

std::vector<std::uint64_t> times_of(const std::vector<Arrival>& list) {
  std::vector<std::uint64_t> times;
  for (const Arrival& one : list) times.push_back(one.offset_ns);
  return times;
}

TEST(PoissonArrivals, HaveExponentialGapsAtTheRateAsked) {
  for (const double rate : {0.5, 1'000.0, 250'000.0}) {
    for (const std::uint64_t seed : {1ull, 2ull, 1ull << 40}) {
      LoadPlan plan = plan_of(poisson, rate);
      plan.seed = seed;
      expect_exponential(times_of(first(200'000, plan)), 1e9 / rate);
    }
  }
}

TEST(PoissonArrivals, ArePoissonOnEachConnectionToo) {
  std::map<std::uint32_t, std::vector<std::uint64_t>> by_connection;
  for (const Arrival& one : first(400'000, plan_of(poisson, 10'000, 4)))
    by_connection[one.own_index].push_back(one.offset_ns);
  ASSERT_EQ(by_connection.size(), 4u);
  for (const auto& [connection, times] : by_connection) expect_exponential(times, 1e9 / 2'500);
}

TEST(PoissonArrivals, OfAllWorkersTogetherAreOneOfTheWholeRate) {
  // 5 connections over 2 workers: 3 and 2 of them, hence 6,000 and 4,000 messages a second.
  const LoadPlan plan = plan_of(poisson, 10'000, 5, 2);
  const std::vector<std::uint64_t> of_0 = times_of(first(120'000, plan, 0));
  const std::vector<std::uint64_t> of_1 = times_of(first(80'000, plan, 1));
  expect_exponential(of_0, 1e9 / 6'000);
  expect_exponential(of_1, 1e9 / 4'000);
  std::vector<std::uint64_t> merged;
  std::merge(of_0.begin(), of_0.end(), of_1.begin(), of_1.end(), std::back_inserter(merged));
  const std::uint64_t end = std::min(of_0.back(), of_1.back());
  merged.erase(std::upper_bound(merged.begin(), merged.end(), end), merged.end());
  expect_exponential(merged, 1e9 / 10'000);
}

TEST(PoissonArrivals, AreTheSameForTheSameSeedAndOthersForOthers) {
  LoadPlan plan = plan_of(poisson, 1'000, 4, 2);
  const std::vector<Arrival> list = first(100, plan, 0);
  EXPECT_EQ(first(100, plan, 0), list);
  EXPECT_NE(first(100, plan, 1), list);
  plan.seed += std::uint64_t{1} << 32;
  EXPECT_NE(first(100, plan, 0), list);
}

TEST(PoissonArrivals, NeverGoBack) {
  const std::vector<std::uint64_t> times = times_of(first(100'000, plan_of(poisson, 1e9)));
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
}

}  // namespace
}  // namespace recvbench
