// A machine's noise: the formulae by hand-computed values, the order of its runs by a fake.
#include "harness/doctor/noise_runs.h"

#include <cmath>

#include <gtest/gtest.h>

#include "harness/doctor/measurement_findings.h"

namespace recvbench {
namespace {

TEST(Noise, ScaledMadIsThatOfTheMedianDistance) {
  EXPECT_EQ(scaled_mad({}), 0);
  EXPECT_EQ(scaled_mad({5}), 0);
  EXPECT_DOUBLE_EQ(scaled_mad({1, 2, 3, 4, 100}), 1.4826);  // distances 2 1 0 1 97 from 3
  EXPECT_DOUBLE_EQ(scaled_mad({-1, 1, -3, 3}), 1.4826 * 2);
}

TEST(Noise, NormalQuantilesAreThoseOfTheTables) {
  EXPECT_NEAR(normal_quantile(0.5), 0, 1e-12);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963985, 1e-8);
  EXPECT_NEAR(normal_quantile(0.9875), 2.241402728, 1e-8);
  EXPECT_NEAR(normal_quantile(0.025), -1.959963985, 1e-8);
}

TEST(Noise, FloorAndDetectableEffectFollowTheirFormulae) {
  EXPECT_EQ(noise_floor(0, 16), 0);
  // exp(2 * 1.2533 * 0.04 / 4) - 1 = exp(0.025066) - 1
  EXPECT_NEAR(noise_floor(0.04, 16), 0.0253828, 1e-6);
  EXPECT_NEAR(minimum_detectable_effect(0, 16, 0.05), 0.05, 1e-12) << "without noise the margin itself";
  // ln 1.05 + (2.2414027 + 0.84) * 1.2533 * 0.04 / 4 = 0.0487902 + 0.0386192
  EXPECT_NEAR(minimum_detectable_effect(0.04, 16, 0.05), std::exp(0.0874094) - 1, 1e-6);
  EXPECT_LT(minimum_detectable_effect(0.04, 32, 0.05), minimum_detectable_effect(0.04, 16, 0.05));
}

NoiseSample sample(double value) {
  return {value, value, value, value};
}

TEST(Noise, IsTheSpreadOfLogRatios) {
  std::vector<NoisePair> pairs;
  for (const double ratio : {0.9, 1.0, 1.1, 1.0, 1.2}) pairs.emplace_back(sample(100), sample(100 * ratio));
  const std::vector<MetricNoise> metrics = noise_of(pairs);
  ASSERT_EQ(metrics.size(), 4u);
  EXPECT_EQ(metrics[0].name, "p50");
  EXPECT_EQ(metrics[1].name, "p99");
  EXPECT_EQ(metrics[2].name, "throughput");
  EXPECT_EQ(metrics[3].name, "cpu");
  // ln: -0.10536 0 0.09531 0 0.18232; median 0; distances 0 0 0.09531 0.10536 0.18232.
  for (const MetricNoise& metric : metrics) {
    EXPECT_EQ(metric.pairs, 5u);
    EXPECT_NEAR(metric.sigma, 1.4826 * std::log(1.1), 1e-12) << metric.name;
    EXPECT_NEAR(metric.noise_floor, noise_floor(metric.sigma, 5), 1e-12);
  }
  EXPECT_EQ(metrics[1].min_effect, 0.10);
  EXPECT_NEAR(metrics[0].detectable,
              minimum_detectable_effect(metrics[0].sigma, 5, std::max(0.05, metrics[0].noise_floor)), 1e-12);
}

TEST(Noise, LeavesOutPairsWithoutAFigure) {
  std::vector<NoisePair> pairs(6, {sample(100), sample(100)});
  pairs[0].first.p50_ns.reset();
  pairs[1].second.p50_ns = 0;
  pairs[2].second.p50_ns = std::nan("");
  const std::vector<MetricNoise> metrics = noise_of(pairs);
  EXPECT_EQ(metrics[0].pairs, 3u);
  EXPECT_EQ(metrics[0].sigma, 0);
  EXPECT_EQ(metrics[1].pairs, 6u);
}

TEST(Noise, IsJudgedByWhatTheGateLooksFor) {
  const auto severity = [](std::size_t pairs, double floor) {
    NoiseCheck check;
    check.plan.pairs = 8;
    check.first_reason = "generator-bound: slow";
    MetricNoise metric;
    metric.name = "p50";
    metric.min_effect = 0.05;
    metric.pairs = pairs;
    metric.noise_floor = floor;
    check.metrics = {metric};
    const std::vector<Finding> findings = judge(check);
    EXPECT_EQ(findings.at(0).code, "noise-p50");
    EXPECT_EQ(findings.at(0).fix.empty(), findings.at(0).severity == Severity::ok);
    if (pairs < least_noise_pairs) {
      EXPECT_EQ(findings.at(0).measured, "3 of 8 pairs usable (generator-bound: slow)");
    }
    return findings.at(0).severity;
  };
  EXPECT_EQ(severity(8, 0.05), Severity::ok);
  EXPECT_EQ(severity(8, 0.06), Severity::note);
  EXPECT_EQ(severity(8, 0.15), Severity::note);
  EXPECT_EQ(severity(8, 0.16), Severity::warning);
  EXPECT_EQ(severity(3, 0), Severity::note);
}

class NoiseRuns : public ::testing::Test {
 protected:
  NoiseRuns() { plan.pairs = 4; }
  RunOutcome execute(const PlannedRun& run, const RunOptions& options) {
    EXPECT_EQ(options.duration_ns, plan.duration_ns);
    order += run.scenario.rate_per_s ? 'l' : 't';
    RunOutcome outcome;
    outcome.record.valid = order.size() != invalid_run;
    if (!outcome.record.valid) outcome.record.reasons = {{"lost", "one"}};
    if (run.scenario.rate_per_s) {
      LatencySummary latency;
      latency.p50_ns = 1'000;
      latency.p99_ns = 2'000;
      outcome.record.response = latency;
    } else {
      outcome.record.rates.received_per_s = 1e6;
      outcome.record.cost.cpu_ns_per_message = 900;
    }
    return outcome;
  }
  NoiseCheck measure() {
    EngineDescriptor engine;
    engine.name = "alpha";
    return measure_noise(
        plan, engine,
        [this](const PlannedRun& run, const RunOptions& options) { return execute(run, options); },
        [this] { return order.size() >= interrupt_after; });
  }

  NoisePlan plan;
  std::string order;  // of runs: l = latency, t = throughput
  std::size_t invalid_run = 0;
  std::size_t interrupt_after = 1'000;
};

TEST_F(NoiseRuns, PutsTheSidesBackToBackAndAlternates) {
  const NoiseCheck check = measure();
  EXPECT_EQ(order, "llttttllllttttll");
  EXPECT_EQ(check.runs, 4 * runs_a_pair);
  EXPECT_EQ(check.valid_runs, check.runs);
  EXPECT_EQ(check.engine, "alpha");
  for (const MetricNoise& metric : check.metrics) {
    EXPECT_EQ(metric.pairs, 4u) << metric.name;
    EXPECT_EQ(metric.sigma, 0) << metric.name;
  }
}

TEST_F(NoiseRuns, LeavesOutARunThatIsNotValid) {
  invalid_run = 2;
  const NoiseCheck check = measure();
  EXPECT_EQ(check.valid_runs, check.runs - 1);
  EXPECT_EQ(check.first_reason, "lost: one");
  EXPECT_EQ(check.metrics[0].pairs, 3u);
  EXPECT_EQ(check.metrics[2].pairs, 4u);
}

TEST_F(NoiseRuns, KeepsWholePairsWhereInterrupted) {
  interrupt_after = 6;
  const NoiseCheck check = measure();
  EXPECT_EQ(check.runs, 6u);
  EXPECT_EQ(check.metrics[0].pairs, 1u);
}

TEST(NoiseEngine, RunsHere) {
  EXPECT_TRUE(noise_engine().probe().available);
  EXPECT_FALSE(noise_engine().synthetic);
}

TEST(LoopbackFloor, IsMeasuredPinnedAndNot) {
  const LoopbackFloor floor = measure_loopback(64, std::chrono::milliseconds(20));
  EXPECT_EQ(floor.size_bytes, 64u);
  EXPECT_GE(floor.unpinned.count, 100u);
  EXPECT_GT(floor.unpinned.p50_ns, 0);
  ASSERT_TRUE(floor.one_cpu.has_value());
  EXPECT_GE(floor.one_cpu->count, 100u);
  EXPECT_GE(floor.one_cpu->p99_ns, floor.one_cpu->p50_ns);
}

TEST(LoopbackFindings, CompareTheClockWithTheRoundTrip) {
  LoopbackFloor floor;
  floor.one_cpu = TimeSpread{100, 14'000, 22'000};
  floor.unpinned = {100, 60'000, 80'000};
  EXPECT_EQ(judge(floor, std::nullopt).size(), 1u);
  EXPECT_EQ(judge(floor, 140.0).at(1).severity, Severity::ok);
  EXPECT_EQ(judge(floor, 141.0).at(1).severity, Severity::warning);
  floor.one_cpu.reset();
  EXPECT_EQ(judge(floor, 600.0).at(1).severity, Severity::ok);
}

}  // namespace
}  // namespace recvbench
