// Arrival processes against hand-computed tables, hours into a run, shared between worker threads, and, where
// they are random, against their distribution's moments.
#include "loadgen/arrival_process.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
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

const ArrivalPattern constant{};
const ArrivalPattern poisson{ArrivalPattern::Kind::poisson, 1, {}, nullptr};
ArrivalPattern burst_of(std::uint32_t messages) {
  return {ArrivalPattern::Kind::burst, messages, {}, nullptr};
}
ArrivalPattern changing(ArrivalPattern::Kind kind, std::vector<double> rates) {
  return {kind, 1, std::move(rates), nullptr};
}
ArrivalPattern replay_of(std::vector<Recording::Message> messages) {
  return {
      ArrivalPattern::Kind::replay, 1, {}, std::make_shared<Recording>(Recording{"", std::move(messages)})};
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

constexpr std::uint64_t s = 1'000'000'000;

// All before the end of warm-up and window.
std::vector<std::uint64_t> all_times(const ArrivalPattern& pattern, std::uint64_t warmup_ns,
                                     std::uint64_t duration_ns) {
  LoadPlan plan = plan_of(pattern, 1);
  plan.warmup_ns = warmup_ns;
  plan.duration_ns = duration_ns;
  const auto arrivals = make_arrivals(plan, 0);
  std::vector<std::uint64_t> times;
  for (Arrival one = arrivals->next(); one.offset_ns < warmup_ns + duration_ns; one = arrivals->next())
    times.push_back(one.offset_ns);
  return times;
}

TEST(RampArrivals, FollowTheIntegralOfTheRate) {
  // No warm-up, from 0 to 8 messages/s in 4 s: after t seconds t^2 messages, so message k at sqrt(k) seconds.
  const std::vector<std::uint64_t> up = all_times(changing(ArrivalPattern::Kind::ramp, {0, 8}), 0, 4 * s);
  ASSERT_EQ(up.size(), 16u);
  for (std::size_t k = 0; k < up.size(); ++k)
    EXPECT_NEAR(static_cast<double>(up[k]), std::sqrt(static_cast<double>(k)) * 1e9, 1) << k;
  // From 8 to 0, the same backwards: 4 - sqrt(16 - k) seconds. Message 16 would be due when the rate is 0.
  const std::vector<std::uint64_t> down = all_times(changing(ArrivalPattern::Kind::ramp, {8, 0}), 0, 4 * s);
  ASSERT_EQ(down.size(), 16u);
  for (std::size_t k = 0; k < down.size(); ++k)
    EXPECT_NEAR(static_cast<double>(down[k]), (4 - std::sqrt(16.0 - static_cast<double>(k))) * 1e9, 1) << k;
}

TEST(RampArrivals, WarmUpAtTheirFirstRate) {
  // 2 s at 1,000/s, then 10 s from 1,000 to 2,000/s: 2,000 and 15,000 messages.
  const std::vector<std::uint64_t> times =
      all_times(changing(ArrivalPattern::Kind::ramp, {1'000, 2'000}), 2 * s, 10 * s);
  ASSERT_EQ(times.size(), 17'000u);
  EXPECT_EQ(times[1], 1'000'000u);
  EXPECT_NEAR(static_cast<double>(times[2'000]), 2e9, 1);
  // The middle of the window: 1,000 * 5 + 100 / 2 * 25 messages into it.
  EXPECT_NEAR(static_cast<double>(times[2'000 + 6'250]), 7e9, 1);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
}

TEST(RampArrivals, BetweenEqualRatesAreConstant) {
  const std::vector<std::uint64_t> ramp =
      all_times(changing(ArrivalPattern::Kind::ramp, {700, 700}), s, 9 * s);
  const std::vector<Arrival> constant_list = first(ramp.size(), plan_of(constant, 700));
  ASSERT_EQ(ramp.size(), 7'000u);
  for (std::size_t k = 0; k < ramp.size(); ++k)
    ASSERT_NEAR(static_cast<double>(ramp[k]), static_cast<double>(constant_list[k].offset_ns), 1) << k;
}

TEST(StepArrivals, HaveEachRateForAnEqualPart) {
  // Warm-up 1 s at 10/s, then 2 s each of 10/s, 0 and 1,000/s.
  const std::vector<std::uint64_t> times =
      all_times(changing(ArrivalPattern::Kind::step, {10, 0, 1'000}), s, 6 * s);
  ASSERT_EQ(times.size(), 10u + 20u + 0u + 2'000u);
  const auto before = [&](std::uint64_t end) {
    return std::lower_bound(times.begin(), times.end(), end) - times.begin();
  };
  EXPECT_EQ(before(s), 10);
  EXPECT_EQ(before(3 * s), 30);
  EXPECT_EQ(before(5 * s), 30);
  EXPECT_EQ(times[30], 5 * s);
  EXPECT_NEAR(static_cast<double>(times[31]), 5.001e9, 1);
}

TEST(StepArrivals, EndWhereTheRateStaysZero) {
  EXPECT_EQ(all_times(changing(ArrivalPattern::Kind::step, {5, 0}), 0, 2 * s).size(), 5u);
}

TEST(RecordedArrivals, AreRepeatedOnTheConnectionsNamedOrInTurn) {
  const ArrivalPattern pattern = replay_of({{0}, {7, 2}, {7}, {9}, {12, 0}});
  constexpr std::uint64_t never = ~std::uint64_t{0};
  const std::vector<Arrival> whole = {{0, 0}, {7, 2}, {7, 2}, {9, 0}, {12, 0}, {never, 0}, {never, 0}};
  EXPECT_EQ(first(7, plan_of(pattern, 1, 3)), whole);
  // Of two workers the first owns the connections 0 and 2.
  EXPECT_EQ(first(6, plan_of(pattern, 1, 3, 2), 0),
            (std::vector<Arrival>{{0, 0}, {7, 1}, {7, 1}, {9, 0}, {12, 0}, {never, 0}}));
  EXPECT_EQ(first(1, plan_of(pattern, 1, 3, 2), 1), (std::vector<Arrival>{{never, 0}}));
}

TEST(ArrivalPattern, SaysItsOwnRateWhereItHasOne) {
  EXPECT_EQ(own_rate_per_s(constant, 0, s), std::nullopt);
  EXPECT_EQ(own_rate_per_s(poisson, 0, s), std::nullopt);
  EXPECT_EQ(own_rate_per_s(burst_of(4), 0, s), std::nullopt);
  EXPECT_EQ(own_rate_per_s(changing(ArrivalPattern::Kind::ramp, {100, 300}), 5 * s, s), 200);
  EXPECT_EQ(own_rate_per_s(changing(ArrivalPattern::Kind::step, {10, 0, 50}), 5 * s, s), 20);
  // In the window from 1 s to 3 s lie three messages.
  const ArrivalPattern replay = replay_of({{0}, {s - 1}, {s}, {2 * s}, {3 * s - 1}, {3 * s}});
  EXPECT_EQ(own_rate_per_s(replay, s, 2 * s), 1.5);
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
