#include "results/connection_latencies.h"

#include <gtest/gtest.h>

namespace recvbench {
namespace {

TEST(ConnectionLatencies, P99IsRightToHalfABucket) {
  for (std::uint64_t value = 1; value < 3'600'000'000'000; value = value * 9 / 7 + 1) {
    ConnectionLatencies latencies;
    for (int i = 0; i < 980; ++i) latencies.record(1);
    for (int i = 0; i < 20; ++i) latencies.record(value);
    EXPECT_EQ(latencies.count(), 1'000u);
    ASSERT_TRUE(latencies.p99_ns());
    const auto expected = static_cast<double>(value);
    EXPECT_NEAR(static_cast<double>(*latencies.p99_ns()), expected, std::max(64.0, expected / 16)) << value;
  }
}

TEST(ConnectionLatencies, OneInAHundredLiesBeyondThePercentile) {
  for (const int beyond : {10, 11}) {
    ConnectionLatencies latencies;
    for (int i = 0; i < 1'000 - beyond; ++i) latencies.record(1);
    for (int i = 0; i < beyond; ++i) latencies.record(1'000'000);
    EXPECT_EQ(*latencies.p99_ns() > 100, beyond > 10) << beyond;
  }
}

TEST(ConnectionLatencies, FewMessagesHaveNoP99) {
  ConnectionLatencies latencies;
  EXPECT_EQ(latencies.count(), 0u);
  for (int i = 0; i < 999; ++i) latencies.record(1'000);
  EXPECT_FALSE(latencies.p99_ns());
  latencies.record(UINT64_MAX);
  EXPECT_EQ(latencies.count(), 1'000u);
  EXPECT_TRUE(latencies.p99_ns());
}

}  // namespace
}  // namespace recvbench
