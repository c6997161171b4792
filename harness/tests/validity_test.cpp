#include "harness/validity/validity.h"

#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "results/reasons.h"

namespace recvbench {
namespace {

LatencySummary latencies(std::int64_t count, std::int64_t p50_ns, std::int64_t p99_ns) {
  LatencySummary summary;
  summary.count = count;
  summary.p50_ns = p50_ns;
  summary.p99_ns = p99_ns;
  return summary;
}

struct GoodRun {
  GoodRun() {
    record.scenario.protocol = "tcp";
    record.scenario.workload = "sink";
    record.scenario.connections = 8;
    record.scenario.arrival = "constant";
    record.scenario.rate_per_s = 10'000;
    record.duration_ns = 1'500'000'000;
    record.warmup_ns = 3'000'000'000;
    record.counts.sent = record.counts.received = 20'000;
    record.rates.offered_per_s = 10'000;
    record.counts.window_sent = record.counts.window_received = 15'000;
    record.rates.sent_per_s = record.rates.received_per_s = 10'000;
    record.generator.busiest_thread_share = 0.5;
    record.response = latencies(15'000, 100'000, 300'000);
    record.generator.slip = latencies(15'000, 1'000, 20'000);
    record.cost.cpu_user_ns = 2'000'000'000;
    record.cost.cpu_ns_per_message = 100;
    record.steadiness = SteadinessRecord{80, SeriesSteadiness{}, SeriesSteadiness{}, HalvesP99{1, 1, false}};
    evidence.greeted = evidence.closed = 8;
    evidence.mean_gap_ns = 100'000;
    evidence.recommended_warmup_ns = 3'000'000'000;
  }
  RunRecord record;
  RunEvidence evidence;
};

TEST(Validity, AGoodRunIsValidWithoutWarnings) {
  GoodRun run;
  judge(run.record, run.evidence);
  EXPECT_TRUE(run.record.valid);
  EXPECT_TRUE(run.record.reasons.empty());
  EXPECT_TRUE(run.record.warnings.empty());
}

TEST(Validity, WhatFellDueInTheWindowIsTheMeasureOfAPatternThatVaries) {
  GoodRun run;
  run.record.scenario.arrival = "poisson";
  run.record.rates.sent_per_s = run.record.rates.received_per_s = 9'700;
  run.evidence.window_due = 14'550;  // 9,700 a second
  run.evidence.mean_gap_ns = 103'000;
  judge(run.record, run.evidence);
  EXPECT_TRUE(run.record.valid);
  run.record.rates.received_per_s = 9'600;
  judge(run.record, run.evidence);
  ASSERT_EQ(run.record.reasons.size(), 1u);
  EXPECT_EQ(run.record.reasons[0].code, "rate-not-met");
}

TEST(Validity, GapsThatAreNotExponentialMakeAPoissonRunGeneratorBound) {
  for (const double stretch : {1.0, 1.2}) {
    GoodRun run;
    run.record.scenario.arrival = "poisson";
    for (int i = 0; i < 12'000; ++i) run.evidence.gaps.push_back(-stretch * std::log1p(-(i + 0.5) / 12'000));
    judge(run.record, run.evidence);
    EXPECT_EQ(run.record.valid, stretch == 1.0);
    if (stretch == 1.0) continue;
    ASSERT_EQ(run.record.reasons.size(), 1u);
    EXPECT_EQ(run.record.reasons[0].code, "generator-bound");
    EXPECT_NE(run.record.reasons[0].detail.find("over 4000 gaps, allowed 3.857"), std::string::npos)
        << run.record.reasons[0].detail;
  }
}

TEST(Validity, LossOverUdpIsSaidAndDoesNotMakeTheRunInvalidUnlessTheRateIsMissed) {
  GoodRun run;
  run.record.scenario.protocol = "udp";
  run.record.counts.received = 15'000;
  run.record.counts.window_received = 11'000;
  run.record.rates.received_per_s = 9'900;
  run.evidence.closed = 0;  // a datagram socket has no end
  run.record.datagrams = DatagramCounts{5'000, 4'990, 0, 3, 1, 2, 0};
  judge(run.record, run.evidence);
  EXPECT_TRUE(run.record.valid);
  ASSERT_EQ(run.record.warnings.size(), 3u);
  EXPECT_EQ(run.record.warnings[0].code, "datagrams-lost");
  EXPECT_EQ(run.record.warnings[0].detail, "5000 of 20000 (4990 at the full socket buffer); 25.00 %");
  EXPECT_EQ(run.record.warnings[1].code, "datagrams-unsent");
  EXPECT_EQ(run.record.warnings[2].detail, "1 came twice, 2 late");
  for (const Reason& warning : run.record.warnings) EXPECT_NE(find_reason(warning.code), nullptr);

  run.record.warnings.clear();
  run.record.rates.received_per_s = 9'899;
  judge(run.record, run.evidence);
  EXPECT_FALSE(run.record.valid);
  ASSERT_EQ(run.record.reasons.size(), 1u);
  EXPECT_EQ(run.record.reasons[0].code, "rate-not-met");
}

TEST(Validity, DatagramsThatTheGeneratorCouldNotSendAreItsFaultPastOnePercent) {
  GoodRun run;
  run.record.scenario.protocol = "udp";
  run.record.datagrams = DatagramCounts{};
  run.record.datagrams->send_failed = 202;  // of 20,202
  judge(run.record, run.evidence);
  EXPECT_TRUE(run.record.valid);
  ASSERT_EQ(run.record.warnings.size(), 1u);
  EXPECT_EQ(run.record.warnings[0].code, "datagrams-unsent");

  run.record.datagrams->send_failed = 203;
  judge(run.record, run.evidence);
  EXPECT_FALSE(run.record.valid);
  ASSERT_EQ(run.record.reasons.size(), 1u);
  EXPECT_EQ(run.record.reasons[0].code, "generator-bound");
  EXPECT_EQ(run.record.reasons[0].detail, "its system had no room for 203 datagrams, and 20000 were sent");
}

// The generator leaves them out of its rate and of its gaps as well.
TEST(Validity, UnsentDatagramsAreMissingInTheRateToo) {
  GoodRun run;
  run.record.scenario.protocol = "udp";
  run.record.datagrams = DatagramCounts{};
  run.record.rates.sent_per_s = run.record.rates.received_per_s = 9'800;
  run.evidence.mean_gap_ns = 1e9 / 9'800;
  judge(run.record, run.evidence);
  ASSERT_EQ(run.record.reasons.size(), 2u);
  EXPECT_EQ(run.record.reasons[0].code, "rate-not-met");
  EXPECT_EQ(run.record.reasons[1].code, "generator-bound");
}

TEST(Validity, ASmallerSocketBufferThanAskedIsSaid) {
  const auto codes = [](std::optional<std::uint64_t> asked, std::optional<std::uint64_t> granted) {
    GoodRun run;
    run.evidence.asked_receive_buffer = asked;
    run.record.engine.socket_receive_buffer_bytes = granted;
    judge(run.record, run.evidence);
    EXPECT_TRUE(run.record.valid);
    std::string text;
    for (const Reason& warning : run.record.warnings) text += warning.code + ": " + warning.detail;
    return text;
  };
  EXPECT_EQ(codes(4u << 20, 208u << 10), "socket-buffer-smaller: granted 208KiB of 4MiB");
  EXPECT_EQ(codes(1000, 999), "socket-buffer-smaller: granted 999B of 1000B");
  EXPECT_EQ(codes(1000, 1000), "");
  EXPECT_EQ(codes(0, 1152), "") << "a system may have a least";
  EXPECT_EQ(codes(std::nullopt, 208u << 10), "") << "left to the system";
  EXPECT_EQ(codes(4u << 20, std::nullopt), "") << "the system does not tell";
}

TEST(Validity, ThreadsWithoutASocketAreSaidOverUdp) {
  GoodRun run;
  run.record.scenario.protocol = "udp";
  run.record.datagrams = DatagramCounts{};
  run.record.engine.threads = 4;
  run.evidence.datagram_sockets = 1;
  judge(run.record, run.evidence);
  ASSERT_EQ(run.record.warnings.size(), 1u);
  EXPECT_EQ(run.record.warnings[0].code, "threads-past-sockets");
  EXPECT_EQ(run.record.warnings[0].detail, "4 threads, 1 socket");
  for (const auto& [threads, sockets] : {std::pair{4, 4u}, std::pair{1, 1u}, std::pair{0, 1u}}) {
    run.record.warnings.clear();
    run.record.engine.threads = threads;
    run.evidence.datagram_sockets = sockets;
    judge(run.record, run.evidence);
    EXPECT_TRUE(run.record.warnings.empty()) << threads << " threads, " << sockets << " sockets";
  }
  run.record.scenario.protocol = "tcp";
  run.record.datagrams.reset();
  run.record.engine.threads = 4;
  run.evidence.datagram_sockets = 0;
  judge(run.record, run.evidence);
  EXPECT_TRUE(run.record.warnings.empty()) << "over TCP every connection is a socket";
}

struct Fault {
  const char* name;
  const char* code;
  std::function<void(GoodRun&)> cause;
};
void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.name;
}

class ValidityFault : public ::testing::TestWithParam<Fault> {};

TEST_P(ValidityFault, MakesTheRunInvalidWithItsCode) {
  GoodRun run;
  GetParam().cause(run);
  judge(run.record, run.evidence);
  EXPECT_FALSE(run.record.valid);
  ASSERT_EQ(run.record.reasons.size(), 1u);
  EXPECT_EQ(run.record.reasons[0].code, GetParam().code);
  EXPECT_NE(find_reason(GetParam().code), nullptr) << "not in the table of codes";
  EXPECT_FALSE(run.record.reasons[0].detail.empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, ValidityFault,
    ::testing::Values(
        Fault{"OneLost", "lost", [](GoodRun& run) { run.record.counts.received = 19'999; }},
        Fault{"OneTooMany", "lost", [](GoodRun& run) { run.record.counts.received = 20'001; }},
        Fault{"NotAnswered", "lost",
              [](GoodRun& run) {
                run.record.scenario.workload = "echo";
                run.record.counts.echoed = 19'999;
              }},
        Fault{"NotTimed", "lost", [](GoodRun& run) { run.record.counts.window_received = 14'999; }},
        Fault{"AnswerNotTimed", "lost",
              [](GoodRun& run) {
                run.record.scenario.workload = "echo";
                run.record.counts.echoed = 20'000;
                run.record.counts.window_echoed = 14'999;
              }},
        Fault{"CorruptAtReceiver", "corrupt", [](GoodRun& run) { run.record.counts.corrupt = 1; }},
        Fault{"CorruptAtGenerator", "corrupt", [](GoodRun& run) { run.evidence.generator_corrupt = 1; }},
        Fault{"OutOfSequence", "corrupt", [](GoodRun& run) { run.record.counts.out_of_sequence = 1; }},
        Fault{"ReceiverError", "connection-error",
              [](GoodRun& run) { run.record.counts.closed_with_error = 1; }},
        Fault{"GeneratorError", "connection-error",
              [](GoodRun& run) { run.evidence.generator_connection_errors = 1; }},
        Fault{"NotConnected", "not-connected",
              [](GoodRun& run) { run.evidence.greeted = run.evidence.closed = 7; }},
        Fault{"IdleNotConnected", "not-connected",
              [](GoodRun& run) { run.record.scenario.idle_connections = 1; }},
        Fault{"SuccessorNotConnected", "not-connected", [](GoodRun& run) { run.evidence.opened = 9; }},
        Fault{"ConnectFailed", "connect-failed",
              [](GoodRun& run) {
                run.record.churn = ChurnRecord{8, 1, 0, {}};
              }},
        Fault{"NotDrained", "not-drained", [](GoodRun& run) { run.evidence.closed = 7; }},
        Fault{"Dropped", "dropped", [](GoodRun& run) { run.record.counts.dropped = 1; }},
        Fault{"RateNotMet", "rate-not-met", [](GoodRun& run) { run.record.rates.sent_per_s = 9'899; }},
        Fault{"ReceiverFallsBehind", "rate-not-met",
              [](GoodRun& run) { run.record.rates.received_per_s = 9'899; }},
        Fault{"WrongPace", "generator-bound", [](GoodRun& run) { run.evidence.mean_gap_ns = 101'100; }},
        Fault{"BusyGenerator", "generator-bound",
              [](GoodRun& run) { run.record.generator.busiest_thread_share = 0.81; }},
        Fault{"Slip", "generator-bound",
              [](GoodRun& run) { run.record.generator.slip = latencies(15'000, 1'000, 50'001); }},
        Fault{"Clock", "clock", [](GoodRun& run) { run.evidence.negative_latencies = 1; }},
        Fault{"Drift", "unsteady",
              [](GoodRun& run) {
                run.record.steadiness->latency->trend = {0.4, 0.1};
                run.record.steadiness->p99 = HalvesP99{100'000, 200'000, true};
              }},
        Fault{"Range", "histogram-range", [](GoodRun& run) { run.evidence.out_of_range = 1; }},
        Fault{"FewSamples", "too-few-samples",
              [](GoodRun& run) { run.record.response = latencies(999, 1, 1); }},
        Fault{"NoSamples", "too-few-samples", [](GoodRun& run) { run.record.response.reset(); }}),
    [](const auto& fault) { return std::string(fault.param.name); });

TEST(Validity, SlipMayBeATenthOfASlowResponse) {
  GoodRun run;
  run.record.response = latencies(15'000, 1'000'000, 2'000'000);
  run.record.generator.slip = latencies(15'000, 1'000, 100'000);
  judge(run.record, run.evidence);
  EXPECT_TRUE(run.record.valid);
}

TEST(Validity, AsFastAsPossibleHasNoScheduleToKeep) {
  GoodRun run;
  run.record.scenario.rate_per_s.reset();
  run.record.rates.offered_per_s.reset();
  run.record.generator.slip.reset();
  run.record.generator.busiest_thread_share = 1;
  run.evidence.mean_gap_ns = 0;
  judge(run.record, run.evidence);
  EXPECT_TRUE(run.record.valid);
}

TEST(Validity, AMedianOfFewStepsOfTheClockIsSaid) {
  for (const auto& [p50_ns, said] : {std::pair{999, true}, std::pair{1'000, false}}) {
    GoodRun run;
    run.evidence.clock_resolution_ns = 100;
    run.record.response = latencies(15'000, p50_ns, 10'000);
    judge(run.record, run.evidence);
    EXPECT_TRUE(run.record.valid);
    ASSERT_EQ(run.record.warnings.size(), said ? 1u : 0u) << p50_ns;
    for (const Reason& warning : run.record.warnings) {
      EXPECT_EQ(warning.code, "clock-coarse");
      EXPECT_NE(find_reason(warning.code), nullptr);
    }
  }
  GoodRun made_up;
  made_up.record.engine.synthetic = true;
  made_up.evidence.clock_resolution_ns = 1e9;
  judge(made_up.record, made_up.evidence);
  EXPECT_TRUE(made_up.record.warnings.empty());
}

TEST(Validity, AFailedRunKeepsItsOneReason) {
  GoodRun run;
  run.record.reasons = {{"generator-failed", "gone"}};
  run.record.counts.received = 0;
  judge(run.record, run.evidence);
  EXPECT_FALSE(run.record.valid);
  EXPECT_EQ(run.record.reasons.size(), 1u);
}

TEST(Validity, WarningsLeaveTheRunValid) {
  GoodRun run;
  run.record.counts.strangers = 1;
  run.record.steadiness->latency.reset();
  run.record.cost.cpu_ns_per_message.reset();
  run.record.cost.excludes = {"wineserver"};
  run.record.warmup_ns = 1;
  run.evidence.optimised_build = false;
  judge(run.record, run.evidence);
  EXPECT_TRUE(run.record.valid);
  std::vector<std::string> codes;
  for (const Reason& warning : run.record.warnings) {
    codes.push_back(warning.code);
    EXPECT_NE(find_reason(warning.code), nullptr) << warning.code;
  }
  EXPECT_EQ(codes, (std::vector<std::string>{"steadiness-unknown", "stranger", "cpu-too-short",
                                             "cpu-incomplete", "short-warmup", "debug-build"}));
}

TEST(CpuPerMessage, NeedsWhatTheClockCanMeasure) {
  EXPECT_EQ(cpu_per_message(2'000'000'000, 2'000'000'000, 1'000'000), 2000.0);
  EXPECT_EQ(cpu_per_message(1'999'000'000, 2'000'000'000, 1'000'000), std::nullopt);
  EXPECT_EQ(cpu_per_message(1'000'000, 1, 1000), 1000.0);
  EXPECT_EQ(cpu_per_message(1'000'000, 1, 0), std::nullopt);
}

}  // namespace
}  // namespace recvbench
