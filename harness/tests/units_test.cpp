#include "harness/plan/units.h"

#include <gtest/gtest.h>

namespace recvbench {
namespace {

TEST(Units, CompactDurationsAreExactAndShort) {
  const std::pair<std::uint64_t, const char*> cases[] = {
      {0, "0"},
      {1, "1ns"},
      {999, "999ns"},
      {1'000, "1us"},
      {1'500, "1.5us"},
      {1'234, "1234ns"},
      {250'000, "250us"},
      {1'000'000, "1ms"},
      {12'340'000, "12.34ms"},
      {12'345'000, "12345us"},
      {1'500'000'000, "1.5s"},
      {60'000'000'000, "60s"},
  };
  for (const auto& [ns, text] : cases) EXPECT_EQ(compact_duration(ns), text);
}

TEST(Units, CountsUsePowersOfThousand) {
  EXPECT_EQ(parse_count("64"), 64);
  EXPECT_EQ(parse_count("10k"), 10'000);
  EXPECT_EQ(parse_count("1.5M"), 1'500'000);
  EXPECT_EQ(parse_count("1e3"), 1000);
  for (const char* bad : {"", "k", "-1", "10kb", "10 k", "nan", "inf", "1e400", "0x10"})
    EXPECT_FALSE(parse_count(bad)) << bad;
}

TEST(Units, BytesUsePowersOf1024) {
  EXPECT_EQ(parse_bytes("64"), 64u);
  EXPECT_EQ(parse_bytes("64kb"), 65536u);
  EXPECT_EQ(parse_bytes("1MiB"), 1048576u);
  EXPECT_EQ(parse_bytes("0"), 0u);
  for (const char* bad : {"", "b", "-4", "1tb", "1e30gb"}) EXPECT_FALSE(parse_bytes(bad)) << bad;
}

TEST(Units, DurationsWithoutAUnitAreSeconds) {
  EXPECT_EQ(parse_duration_ns("250ms"), 250'000'000u);
  EXPECT_EQ(parse_duration_ns("3"), 3'000'000'000u);
  EXPECT_EQ(parse_duration_ns("2m"), 120'000'000'000u);
  EXPECT_EQ(parse_duration_ns("100us"), 100'000u);
  for (const char* bad : {"", "ms", "-1s", "3d", "1e300h"}) EXPECT_FALSE(parse_duration_ns(bad)) << bad;
}

TEST(Units, CompactNamesAreExact) {
  EXPECT_EQ(compact_count(10'000), "10k");
  EXPECT_EQ(compact_count(2'500), "2.5k");
  EXPECT_EQ(compact_count(12'345), "12345");
  EXPECT_EQ(compact_count(999), "999");
  EXPECT_EQ(compact_count(1'250'000), "1.25M");
  EXPECT_EQ(compact_count(0.5), "0.5");
  EXPECT_EQ(compact_bytes(64), "64B");
  EXPECT_EQ(compact_bytes(65536), "64KiB");
  EXPECT_EQ(compact_bytes(1000), "1000B");
  EXPECT_EQ(compact_bytes(1u << 20), "1MiB");
}

TEST(Units, ReadableFiguresHaveThreeDigits) {
  EXPECT_EQ(readable_ns(850), "850 ns");
  EXPECT_EQ(readable_ns(12'340), "12.3 us");
  EXPECT_EQ(readable_ns(999'600), "1.00 ms");
  EXPECT_EQ(readable_ns(4'560'000), "4.56 ms");
  EXPECT_EQ(readable_ns(1.2e9), "1.20 s");
  EXPECT_EQ(readable_count(405'000), "405k");
  EXPECT_EQ(readable_count(9'870), "9.87k");
  EXPECT_EQ(readable_count(12), "12");
}

TEST(Units, SharesAreFiveCharactersAndNoneIsExactlyNone) {
  EXPECT_EQ(readable_share(0), "0%");
  EXPECT_EQ(readable_share(1e-9), "<.01%");
  EXPECT_EQ(readable_share(0.000'049'9), "<.01%");
  EXPECT_EQ(readable_share(0.000'051), "0.01%");
  EXPECT_EQ(readable_share(0.001), "0.10%");
  EXPECT_EQ(readable_share(0.099'94), "9.99%");
  EXPECT_EQ(readable_share(0.099'96), "10.0%");
  EXPECT_EQ(readable_share(0.123'4), "12.3%");
  EXPECT_EQ(readable_share(0.999'4), "99.9%");
  EXPECT_EQ(readable_share(1), "100%");
}

TEST(Units, WaitsAreRoundedToSeconds) {
  EXPECT_EQ(readable_wait(12'400'000'000), "12s");
  EXPECT_EQ(readable_wait(200'000'000'000), "3m 20s");
  EXPECT_EQ(readable_wait(3'900'000'000'000), "1h 05m");
}

}  // namespace
}  // namespace recvbench
