#include "harness/run/run_figures.h"

#include <gtest/gtest.h>

#include "platform/system_info.h"

namespace recvbench {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;

RunRecord of_two_seconds() {
  RunRecord record;
  record.duration_ns = 2 * second_ns;
  return record;
}

TEST(RunFiguresTest, CostIsWhatTheWindowTook) {
  ReceiverSample begin, end;
  begin.cost.user_ns = 100 * second_ns;
  end.cost.user_ns = 103 * second_ns;
  begin.cost.kernel_ns = 50 * second_ns;
  end.cost.kernel_ns = 57 * second_ns;
  begin.cost.voluntary_switches = 5;
  end.cost.voluntary_switches = 9;
  begin.cycles = 1'000;
  end.cycles = 4'000;
  begin.messages = 1'000'000;
  end.messages = 3'000'000;
  Cost cost;
  fill_cost(cost, begin, end);
  EXPECT_EQ(cost.cpu_user_ns, 3 * second_ns);
  EXPECT_EQ(cost.cpu_kernel_ns, 7 * second_ns);
  ASSERT_TRUE(cost.cpu_ns_per_message);
  EXPECT_DOUBLE_EQ(*cost.cpu_ns_per_message, 5'000);
  EXPECT_EQ(cost.voluntary_switches, 4u);
  EXPECT_EQ(cost.cycles, 3'000u);
}

TEST(RunFiguresTest, WhatWasNotReadAtBothEndsIsNoFigure) {
  ReceiverSample begin, end;
  end.cycles = 4'000;
  end.cost.involuntary_switches = 3;
  Cost cost;
  fill_cost(cost, begin, end);
  EXPECT_EQ(cost.cycles, std::nullopt);
  EXPECT_EQ(cost.involuntary_switches, std::nullopt);
  EXPECT_EQ(cost.cpu_ns_per_message, std::nullopt);  // no CPU time, no messages
}

TEST(RunFiguresTest, TheWineServersTimeIsTheReceiversToo) {
  ReceiverSample begin, end;
  begin.wineserver_ns = second_ns;
  end.wineserver_ns = 6 * second_ns;
  end.cost.user_ns = 5 * second_ns;
  end.messages = 1'000'000;
  Cost cost;
  fill_cost(cost, begin, end);
  EXPECT_EQ(cost.wineserver_cpu_ns, 5 * second_ns);
  ASSERT_TRUE(cost.cpu_ns_per_message);
  EXPECT_DOUBLE_EQ(*cost.cpu_ns_per_message, 10'000);
  EXPECT_TRUE(cost.excludes.empty());
}

TEST(RunFiguresTest, UnderWineAServerThatWasNotFoundIsSaidToBeMissing) {
  Cost cost;
  fill_cost(cost, {}, {});
  EXPECT_EQ(!cost.excludes.empty(), running_under_wine());
}

TEST(RunFiguresTest, GrowthIsSharedByTheConnections) {
  ProcessCost before, after;
  EXPECT_EQ(growth_per_connection(before, after, 4), std::nullopt);
  before.resident_bytes = 1'000;
  after.resident_bytes = 9'000;
  EXPECT_EQ(growth_per_connection(before, after, 4), 2'000.0);
  after.resident_bytes = 900;  // pages went meanwhile: it says nothing of the connections
  EXPECT_EQ(growth_per_connection(before, after, 4), std::nullopt);
}

TEST(RunFiguresTest, RatesAreOfTheWindow) {
  RunRecord record = of_two_seconds();
  ReceiveTotals totals;
  totals.messages = 1'000;
  totals.done_in_window = 600;
  totals.bytes_in_window = 38'400;
  fill_receiver(record, totals, {});
  EXPECT_EQ(record.counts.received, 1'000u);
  EXPECT_EQ(record.rates.received_per_s, 300);
  EXPECT_EQ(record.rates.received_bytes_per_s, 19'200);
  LoadResult load;
  load.sent = 1'100;
  load.sent_during_window = 700;
  Scenario scenario;
  scenario.rate_per_s = 400;
  fill_generator(record, scenario, load, 3);
  EXPECT_EQ(record.counts.sent, 1'100u);
  EXPECT_EQ(record.rates.sent_per_s, 350);
  EXPECT_EQ(record.rates.offered_per_s, 400);
  EXPECT_EQ(record.generator.threads, 3);
}

TEST(RunFiguresTest, DatagramsThatDidNotComeAreLost) {
  ReceiveTotals totals;
  totals.messages = 90;
  totals.duplicated = 2;
  LoadResult load;
  load.sent = 100;
  load.echoed = 85;
  load.duplicated = 1;
  const DatagramCounts echo = datagram_counts(totals, load, true, 12);
  EXPECT_EQ(echo.lost, 10u);
  EXPECT_EQ(echo.lost_at_socket, 10u);  // what the socket dropped beyond it was no message
  EXPECT_EQ(echo.replies_lost, 5u);
  EXPECT_EQ(echo.duplicated, 3u);
  const DatagramCounts sink = datagram_counts(totals, load, false, std::nullopt);
  EXPECT_EQ(sink.lost_at_socket, std::nullopt);
  EXPECT_EQ(sink.replies_lost, DatagramCounts{}.replies_lost);
}

TEST(RunFiguresTest, MoreThanWasSentIsNoLoss) {
  ReceiveTotals totals;
  totals.messages = 101;
  LoadResult load;
  load.sent = 100;
  EXPECT_EQ(datagram_counts(totals, load, false, std::nullopt).lost, 0u);
}

TEST(RunFiguresTest, ConnectionsThatTookOthersPlacesAreCountedBySecond) {
  const RunRecord record = of_two_seconds();
  LoadResult load;
  load.connections_opened = 50;
  load.connections_failed = 1;
  LatencyRecorder accepts(0);
  for (int i = 0; i < 40; ++i) accepts.record(1, 20'000);
  IntervalHistograms histograms;
  accepts.collect(histograms);
  const ChurnRecord churn = churn_record(record, load, histograms);
  EXPECT_EQ(churn.opened, 50u);
  EXPECT_EQ(churn.failed, 1u);
  EXPECT_DOUBLE_EQ(churn.accepted_per_s, 20);
  ASSERT_TRUE(churn.accept);
  EXPECT_EQ(churn.accept->count, 40);
  EXPECT_DOUBLE_EQ(churn_record(record, load, {}).accepted_per_s, 0);
}

}  // namespace
}  // namespace recvbench
