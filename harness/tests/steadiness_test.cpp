#include "harness/validity/steadiness.h"

#include <cmath>
#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "harness/validity/steady_series.h"

namespace recvbench {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;

// A run as the harness hands it over.
struct Series {
  WindowSeries latency;
  WindowSeries received;
  IntervalHistograms response;
  std::uint64_t duration_ns = 0;

  SteadinessRecord assess() const { return assess_steadiness(latency, received, response, duration_ns); }
};

// `level(share of the window that has passed)` scales latencies of around 100 us with a tail; their mean
// wanders as an AR(1) series from window to window, as that of a busy machine does. Some messages of each
// window stand for all.
Series simulated(std::mt19937_64& random, double noise, const std::function<double(double)>& level,
                 int seconds = 20) {
  constexpr double correlation = 0.5;  // from one window of 250 ms to the next
  constexpr int messages = 300;
  std::normal_distribution<double> normal;
  std::exponential_distribution<double> exponential;
  Series series;
  series.duration_ns = static_cast<std::uint64_t>(seconds) * second_ns;
  double wander = normal(random);
  for (int i = 0; i < 4 * seconds; ++i) {
    wander = correlation * wander + std::sqrt(1 - correlation * correlation) * normal(random);
    const double mean_ns =
        100'000 * level((i + 0.5) / (4.0 * seconds)) * std::exp(noise * wander - noise * noise / 2);
    WindowSum sum;
    for (int k = 0; k < messages; ++k) {
      const double ns = mean_ns * (0.7 + 0.3 * exponential(random));
      ++sum.count;
      sum.sum += static_cast<std::uint64_t>(ns);
      series.response[static_cast<std::uint64_t>(i / 4)].record(static_cast<std::int64_t>(ns));
    }
    series.latency.push_back(sum);
    series.received.push_back({1000, 0});
  }
  return series;
}

double steady(double) {
  return 1;
}

struct Share {
  double unsteady = 0;
  double at_cap = 0;  // MSER's cut alone
  double slope = 0;   // past 5 % of the mean, whatever its noise
  double p99 = 0;     // of the halves, past 10 % and 20 us, whatever their noise
};
Share of_runs(int runs, double noise, const std::function<double(double)>& level) {
  std::mt19937_64 random(20'240'607);
  Share share;
  for (int i = 0; i < runs; ++i) {
    const SteadinessRecord found = simulated(random, noise, level).assess();
    const double one = 1.0 / runs;
    if (!unsteady_findings(found).empty()) share.unsteady += one;
    if (found.latency->settled_ns == 10 * second_ns) share.at_cap += one;
    if (std::abs(found.latency->trend.share) > most_drift_share) share.slope += one;
    const auto& p99 = *found.p99;
    if (std::abs(std::log(static_cast<double>(p99.first_ns) / static_cast<double>(p99.second_ns))) >
            std::log(1 + most_p99_share) &&
        std::abs(p99.first_ns - p99.second_ns) > most_p99_ns)
      share.p99 += one;
  }
  return share;
}

// The figures of the header's comment come from here, with 300 runs.
TEST(Steadiness, ASteadyRunOfABusyMachineIsRarelyCalledUnsteady) {
  for (const double noise : {0.1, 0.3, 0.6}) {
    const Share share = of_runs(100, noise, steady);
    RecordProperty("noise_" + std::to_string(noise),
                   std::to_string(share.unsteady) + " cap " + std::to_string(share.at_cap) + " slope " +
                       std::to_string(share.slope) + " p99 " + std::to_string(share.p99));
    EXPECT_LE(share.unsteady, 0.04) << "noise " << noise;
  }
}

TEST(Steadiness, WhatDriftsOrStepsIsCalledUnsteady) {
  struct Case {
    const char* name;
    double noise;
    std::function<double(double)> level;
    double at_least;
  };
  const Case cases[] = {
      {"rises by a fifth on a quiet machine", 0.05, [](double t) { return 0.9 + 0.2 * t; }, 0.98},
      {"doubles on a busy one", 0.2, [](double t) { return 1 + t; }, 0.8},
      {"steps by a half in the middle", 0.1, [](double t) { return t < 0.5 ? 1 : 1.5; }, 0.98},
      {"a hog for the last third", 0.1, [](double t) { return t < 0.67 ? 1 : 2; }, 0.98},
      {"has not warmed up", 0.1, [](double t) { return 1 + 2 * std::exp(-4 * t); }, 0.98},
  };
  for (const Case& c : cases) EXPECT_GE(of_runs(30, c.noise, c.level).unsteady, c.at_least) << c.name;
}

TEST(Steadiness, OneStallIsNoUnsteadiness) {
  std::mt19937_64 random(7);
  Series series = simulated(random, 0.1, steady);
  // 200 ms in the 19th second: every message of a window waits, on the average for half of it.
  series.latency[75].sum += 300ull * 100'000'000;
  for (int k = 0; k < 300; ++k) series.response[18].record(k * 666'667ll);
  EXPECT_EQ(unsteady_findings(series.assess()), std::vector<std::string>{});
}

TEST(Steadiness, ThroughputIsJudgedAsWell) {
  std::mt19937_64 random(3);
  Series series = simulated(random, 0.05, steady);
  for (std::size_t i = 0; i < series.received.size(); ++i) series.received[i].count = 1000 - 3 * i;
  const std::vector<std::string> findings = unsteady_findings(series.assess());
  ASSERT_EQ(findings.size(), 2u);
  EXPECT_EQ(findings[0].substr(0, 57), "throughput does not settle in the first half (MSER-5): se");
  EXPECT_EQ(findings[1], "throughput drifts by -27 %, allowed 5 %, its noise 0 % (trend)");
}

TEST(Steadiness, TheFindingNamesBothHalvesP99) {
  SteadinessRecord record;
  record.windows = 80;
  struct Case {
    HalvesP99 halves;
    bool found;
  };
  const Case cases[] = {
      {{200'000, 230'000, true}, true},   {{230'000, 200'000, true}, true},
      {{200'000, 230'000, false}, false},  // the noise of the machine
      {{200'000, 219'999, true}, false},   // less than 10 %
      {{100'000, 119'999, true}, false},   // not 20 us
      {{100'000, 120'001, true}, true},
  };
  for (const Case& c : cases) {
    record.p99 = c.halves;
    EXPECT_EQ(unsteady_findings(record).empty(), !c.found) << c.halves.first_ns << " " << c.halves.second_ns;
  }
  EXPECT_EQ(unsteady_findings(record).front(),
            "p99 of the first half 100 us, of the second 120 us, allowed 10 % and 20.0 us (split halves)");
}

TEST(Steadiness, WhatCannotBeJudgedIsSaid) {
  std::mt19937_64 random(1);
  Series series = simulated(random, 0.1, steady);
  EXPECT_EQ(why_unknown(series.assess()), "");

  Series quick = series;
  quick.duration_ns = 1'500'000'000;
  const SteadinessRecord of_quick = quick.assess();
  EXPECT_EQ(of_quick.windows, 6u);
  EXPECT_FALSE(of_quick.latency || of_quick.throughput || of_quick.p99);
  EXPECT_EQ(why_unknown(of_quick), "6 windows of 250 ms, 30 are needed");
  quick.duration_ns = 7'500'000'000;
  EXPECT_EQ(why_unknown(quick.assess()), "");

  Series rare = series;
  for (std::size_t i = 40; i < 45; ++i) rare.latency[i] = {};
  EXPECT_EQ(why_unknown(rare.assess()), "too few messages for mean latency by 1.25 s");
  rare.response.clear();
  EXPECT_EQ(why_unknown(rare.assess()), "too few messages for mean latency by 1.25 s, the p99 of each half");

  Series nothing;
  nothing.duration_ns = 20 * second_ns;
  EXPECT_FALSE(why_unknown(nothing.assess()).empty());
  EXPECT_TRUE(unsteady_findings(nothing.assess()).empty());
}

TEST(Steadiness, WhatLiesPastTheWindowIsLeftOut) {
  std::mt19937_64 random(1);
  Series series = simulated(random, 0.1, steady);
  const SteadinessRecord before = series.assess();
  series.latency.push_back({1, 1'000'000'000'000});
  series.received.push_back({1'000'000, 0});
  series.response[20].record(1'000'000'000'000);
  const SteadinessRecord after = series.assess();
  EXPECT_EQ(after.latency->trend.share, before.latency->trend.share);
  EXPECT_EQ(after.throughput->trend.share, before.throughput->trend.share);
  EXPECT_EQ(after.p99->second_ns, before.p99->second_ns);
}

TEST(Steadiness, OnlyLoadsThatAreToBeSteadyAreJudged) {
  ScenarioRecord scenario;
  for (const char* mode : {"open", "max", "closed"}) {
    scenario.mode = mode;
    EXPECT_TRUE(should_be_steady(scenario)) << mode;
  }
  scenario.mode = "open";
  for (const auto& [arrival, steady] :
       {std::pair{"constant", true}, std::pair{"poisson", true}, std::pair{"burst32", true},
        std::pair{"ramp1k-10k", false}, std::pair{"step1k-5k", false}, std::pair{"replay-web", false}}) {
    scenario.arrival = arrival;
    EXPECT_EQ(should_be_steady(scenario), steady) << arrival;
  }
}

}  // namespace
}  // namespace recvbench
