#include "harness/search/probe.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "harness/plan/usage_error.h"

namespace recvbench {
namespace {

using Kind = ProbeOutcome::Kind;
constexpr std::uint64_t ms = 1'000'000;

TEST(Slo, IsReadAsTyped) {
  const Slo slo = slo_from("--slo", "p99<1ms");
  EXPECT_EQ(slo.percentile, "p99");
  EXPECT_EQ(slo.share, 0.99);
  EXPECT_EQ(slo.limit_ns, ms);
  EXPECT_EQ(slo.text, "p99<1ms");
  EXPECT_EQ(slo_from("--slo", "p50<250us").limit_ns, 250'000u);
  EXPECT_EQ(slo_from("--slo", "p999<2").limit_ns, 2'000 * ms);
}

TEST(Slo, RefusesWhatIsNone) {
  for (const char* text : {"", "p99", "p99<", "<1ms", "p98<1ms", "p99>1ms", "p99<0", "p99<-1ms",
                           "p99<1ms<2ms", "p99<soon", "p99<31m", "P99 < 1ms"}) {
    try {
      slo_from("--slo", text);
      ADD_FAILURE() << text;
    } catch (const UsageError& error) {
      EXPECT_EQ(
          std::string(error.what()),
          std::string("--slo ") + text + ": p50, p90, p99 or p999, <, and a time up to 30m, such as p99<1ms");
    }
  }
}

RunRecord valid_run(std::int64_t p99_ns) {
  RunRecord record;
  record.valid = true;
  record.scenario.rate_per_s = 10'000;
  record.response = LatencySummary{};
  record.response->p50_ns = p99_ns / 4;
  record.response->p99_ns = p99_ns;
  record.service = record.response;
  return record;
}

struct Case {
  const char* name;
  std::vector<const char*> reasons;
  std::int64_t service_p99_ns;
  Kind kind;
  const char* why;
};

class InvalidRuns : public ::testing::TestWithParam<Case> {};

TEST_P(InvalidRuns, AreToldApart) {
  const Case& expected = GetParam();
  RunRecord record = valid_run(9 * ms);
  record.service->p99_ns = expected.service_p99_ns;
  record.valid = false;
  for (const char* code : expected.reasons) record.reasons.push_back({code, "detail"});
  const ProbeOutcome outcome = outcome_of(record, slo_from("--slo", "p99<1ms"));
  EXPECT_EQ(outcome.kind, expected.kind) << to_string(outcome.kind);
  EXPECT_EQ(outcome.why, expected.why);
}

INSTANTIATE_TEST_SUITE_P(
    Table, InvalidRuns,
    ::testing::Values(
        Case{"rate", {"rate-not-met"}, 100'000, Kind::missed, "rate-not-met: detail"},
        Case{"dropped", {"dropped"}, 100'000, Kind::missed, "dropped: detail"},
        Case{"late_by_itself", {"generator-bound"}, 100'000, Kind::generator_bound, "detail"},
        Case{"late_and_slow", {"rate-not-met", "generator-bound"}, 100'000, Kind::generator_bound, "detail"},
        Case{"held_up_by_the_receiver",
             {"rate-not-met", "generator-bound"},
             5 * ms,
             Kind::missed,
             "p99 5.00 ms from the send on"},
        Case{"broken_off_under_load",
             {"lost", "connection-error", "not-drained", "rate-not-met"},
             5 * ms,
             Kind::missed,
             "not-drained: detail"},
        Case{"few_because_of_load",
             {"rate-not-met", "too-few-samples"},
             100'000,
             Kind::missed,
             "rate-not-met: detail"},
        Case{"connection_error", {"connection-error"}, 100'000, Kind::broken, "connection-error: detail"},
        Case{"lost", {"lost"}, 100'000, Kind::broken, "lost: detail"},
        Case{"corrupt_under_load", {"rate-not-met", "corrupt"}, 5 * ms, Kind::broken, "corrupt: detail"},
        Case{"too_few", {"too-few-samples"}, 100'000, Kind::broken, "too-few-samples: detail"},
        Case{"a_code_to_come", {"eclipse"}, 100'000, Kind::broken, "eclipse: detail"},
        Case{"unsteady", {"unsteady"}, 100'000, Kind::unclear, "unsteady: detail"},
        Case{"unsteady_under_load",
             {"rate-not-met", "unsteady"},
             100'000,
             Kind::missed,
             "rate-not-met: detail"},
        Case{"late_start", {"late-start"}, 100'000, Kind::unclear, "late-start: detail"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Probe, AValidRunIsHeldToTheSlo) {
  const Slo slo = slo_from("--slo", "p99<1ms");
  EXPECT_EQ(outcome_of(valid_run(ms), slo).kind, Kind::met);
  const ProbeOutcome slow = outcome_of(valid_run(ms + 1'000), slo);
  EXPECT_EQ(slow.kind, Kind::missed);
  EXPECT_EQ(slow.why, "p99 1.00 ms");
  EXPECT_EQ(outcome_of(valid_run(ms + 1'000), slo_from("--slo", "p50<1ms")).kind, Kind::met);
  EXPECT_EQ(outcome_of(valid_run(ms), slo_from("--slo", "p999<1ms")).kind, Kind::broken) << "it has none";
}

TEST(Probe, ALateGeneratorIsNoMatterWhereTheSloIsKept) {
  const Slo slo = slo_from("--slo", "p99<1ms");
  RunRecord record = valid_run(ms);
  record.valid = false;
  record.reasons = {{"generator-bound", "late"}};
  EXPECT_EQ(outcome_of(record, slo).kind, Kind::met_late);
  EXPECT_EQ(outcome_of(record, slo).why, "late");

  RunRecord unsent = record;
  unsent.datagrams = DatagramCounts{};
  EXPECT_EQ(outcome_of(unsent, slo).kind, Kind::met_late);
  unsent.datagrams->send_failed = 1;
  EXPECT_EQ(outcome_of(unsent, slo).kind, Kind::generator_bound);

  record.reasons.push_back({"rate-not-met", "detail"});
  EXPECT_EQ(outcome_of(record, slo).kind, Kind::generator_bound);
}

TEST(Probe, WhatALossyReceiverLosesIsAMiss) {
  RunRecord record = valid_run(ms / 2);
  record.scenario.protocol = "udp";
  record.datagrams = DatagramCounts{};
  record.counts.window_sent = 10'000;
  record.counts.window_received = 9'995;
  const Slo slo = slo_from("--slo", "p99<1ms");
  EXPECT_EQ(outcome_of(record, slo).kind, Kind::met);
  record.counts.window_received = 9'950;
  EXPECT_EQ(outcome_of(record, slo).kind, Kind::missed);
  EXPECT_EQ(outcome_of(record, slo).why, "0.50% of the datagrams lost");
}

TEST(Probe, WindowsHoldEnoughMessages) {
  const Slo p99 = slo_from("--slo", "p99<1ms"), p999 = slo_from("--slo", "p999<1ms"),
            p50 = slo_from("--slo", "p50<1ms");
  const auto seconds = [](const ProbeLength& length, double rate, const Slo& slo, bool longer = false) {
    return static_cast<double>(length.window_ns({rate, ProbePurpose::ascend, longer}, slo)) / 1e9;
  };
  const ProbeLength full{}, shortened{200 * ms};
  EXPECT_DOUBLE_EQ(seconds(full, 1e6, p99), 10);
  EXPECT_DOUBLE_EQ(seconds(full, 1e6, p99, true), 20);
  EXPECT_DOUBLE_EQ(seconds(full, 500, p99), 20);
  EXPECT_DOUBLE_EQ(seconds(full, 1'000, p999), 100);
  EXPECT_DOUBLE_EQ(seconds(full, 10, p50), 110) << "a run needs 1,000 messages";
  EXPECT_DOUBLE_EQ(seconds(shortened, 1e6, p99), 0.2);
  EXPECT_DOUBLE_EQ(seconds(shortened, 1'000, p99), 1.1);
  EXPECT_DOUBLE_EQ(seconds(shortened, 1'000, p999), 11);
}

TEST(Probe, TheMostTimeIsNeverExceeded) {
  const Slo slo = slo_from("--slo", "p999<1ms");
  const ProbeLength length{};
  constexpr std::uint64_t overhead_ns = 3'000 * ms;
  for (const SearchRange range :
       {SearchRange{1'000, 10'000'000}, SearchRange{500, 500}, SearchRange{1'000, 3'000}}) {
    const std::uint64_t most = most_search_ns(range, length, slo, overhead_ns);
    for (const double capacity : {100.0, 900.0, 1'500.0, 2'500.0, 40'000.0, 1e9}) {
      RateSearch search(range);
      std::uint64_t took = 0;
      while (const auto probe = search.next()) {
        took += length.window_ns(*probe, slo) + overhead_ns;
        // A receiver that tires: it confirms nothing that is near its capacity.
        const double share = probe->purpose == ProbePurpose::confirm ? 0.8 : 1;
        search.answer({probe->rate_per_s <= share * capacity ? Kind::met : Kind::missed, "slow"});
      }
      EXPECT_LE(took, most) << range.from_per_s << " " << capacity;
    }
  }
}

}  // namespace
}  // namespace recvbench
