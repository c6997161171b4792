// Histogram: range, statistics, merging, and the text form.
#include "results/histogram.h"

#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

namespace recvbench {
namespace {

// Latencies as they occur: a body around 50 us and a tail over three decades.
Histogram latencies(std::size_t count, unsigned seed) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> distribution(10.8, 1.2);
  Histogram histogram;
  for (std::size_t i = 0; i < count; ++i) histogram.record(static_cast<std::int64_t>(distribution(random)));
  return histogram;
}

void expect_same(const Histogram& actual, const Histogram& expected) {
  EXPECT_EQ(actual.count(), expected.count());
  EXPECT_EQ(actual.out_of_range(), expected.out_of_range());
  EXPECT_EQ(actual.min_ns(), expected.min_ns());
  EXPECT_EQ(actual.max_ns(), expected.max_ns());
  EXPECT_EQ(actual.mean_ns(), expected.mean_ns());
  for (const double percentile : {0.0, 1.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    EXPECT_EQ(actual.percentile_ns(percentile), expected.percentile_ns(percentile)) << percentile;
  }
}

TEST(Histogram, IsAllZeroWhenEmpty) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.out_of_range(), 0);
  EXPECT_EQ(histogram.min_ns(), 0);
  EXPECT_EQ(histogram.max_ns(), 0);
  EXPECT_EQ(histogram.mean_ns(), 0);
  EXPECT_EQ(histogram.percentile_ns(50), 0);
}

TEST(Histogram, CountsEveryValueOnceInOrOutOfRange) {
  struct Case {
    std::int64_t value;
    std::int64_t counted_as;  // 0: out of range
  };
  for (const auto& [value, counted_as] :
       {Case{INT64_MIN, 1}, Case{-1, 1}, Case{0, 1}, Case{1, 1}, Case{2, 2}, Case{2047, 2047},
        Case{Histogram::highest_ns, Histogram::highest_ns}, Case{Histogram::highest_ns + 1, 0},
        Case{INT64_MAX, 0}}) {
    Histogram histogram;
    histogram.record(value);
    EXPECT_EQ(histogram.count(), counted_as == 0 ? 0 : 1) << value;
    EXPECT_EQ(histogram.out_of_range(), counted_as == 0 ? 1 : 0) << value;
    EXPECT_NEAR(static_cast<double>(histogram.max_ns()), static_cast<double>(counted_as),
                static_cast<double>(counted_as) / 1000)
        << value;
  }
}

TEST(Histogram, PercentilesAreNearestRank) {
  Histogram histogram;
  for (std::int64_t value = 1; value <= 1000; ++value) histogram.record(value);  // exact below 2,048 ns
  struct Case {
    double percentile;
    std::int64_t expected;
  };
  for (const auto& [percentile, expected] :
       {Case{-5, 1}, Case{0, 1}, Case{0.1, 1}, Case{0.11, 2}, Case{50, 500}, Case{50.01, 501}, Case{99, 990},
        Case{99.9, 999}, Case{99.91, 1000}, Case{100, 1000}, Case{250, 1000}}) {
    EXPECT_EQ(histogram.percentile_ns(percentile), expected) << percentile;
  }
  EXPECT_EQ(histogram.mean_ns(), 500.5);
}

TEST(Histogram, KeepsThreeDigits) {
  for (std::int64_t value = 1; value <= Histogram::highest_ns; value = value * 3 + 1) {
    Histogram histogram;
    histogram.record(value);
    const auto exact = static_cast<double>(value);
    EXPECT_NEAR(static_cast<double>(histogram.percentile_ns(50)), exact, exact / 1000);
    EXPECT_NEAR(histogram.mean_ns(), exact, exact / 1000);
  }
}

TEST(Histogram, MeanDoesNotOverflow) {
  // 4 million values of an hour add up to 1.4e19 ns, more than 63 bits hold.
  SparseCounts hours;
  hours.values.push_back({Histogram::highest_ns, 4'000'000});
  Histogram histogram;
  histogram.add(hours);
  EXPECT_NEAR(histogram.mean_ns(), 3.6e12, 3.6e9);
}

TEST(Histogram, PartsAddedEqualTheWhole) {
  Histogram whole;
  Histogram sum;
  for (unsigned part = 0; part < 7; ++part) {
    Histogram histogram = latencies(1000 + part, part);
    histogram.record(INT64_MAX);
    sum.add(histogram);
    whole.add(histogram.sparse());
  }
  EXPECT_EQ(sum.count(), 7021);
  EXPECT_EQ(sum.out_of_range(), 7);
  expect_same(sum, whole);

  Histogram direct;
  for (std::int64_t value = 1; value < 100'000'000; value = value * 11 / 10 + 1) direct.record(value);
  Histogram odd;
  Histogram even;
  int i = 0;
  for (std::int64_t value = 1; value < 100'000'000; value = value * 11 / 10 + 1)
    (++i % 2 ? odd : even).record(value);
  odd.add(even);
  expect_same(odd, direct);
}

TEST(Histogram, SparseHoldsEveryCountOnceInOrder) {
  Histogram histogram;
  for (const std::int64_t value : {5, 5, 1, 1'000'000, 5}) histogram.record(value);
  const SparseCounts counts = histogram.sparse();
  ASSERT_EQ(counts.values.size(), 3u);
  EXPECT_EQ(counts.values[0].value_ns, 1);
  EXPECT_EQ(counts.values[0].count, 1);
  EXPECT_EQ(counts.values[1].value_ns, 5);
  EXPECT_EQ(counts.values[1].count, 3);
  EXPECT_NEAR(static_cast<double>(counts.values[2].value_ns), 1e6, 1e3);
  EXPECT_EQ(counts.values[2].count, 1);
  EXPECT_TRUE(Histogram().sparse().values.empty());
}

TEST(Histogram, AddCountsWhatDoesNotFitAsOutOfRange) {
  SparseCounts counts;
  counts.values = {{-1, 2}, {10, 3}, {INT64_MAX, 4}};
  counts.out_of_range = 5;
  Histogram histogram;
  histogram.add(counts);
  EXPECT_EQ(histogram.count(), 3);
  EXPECT_EQ(histogram.out_of_range(), 11);
}

TEST(Histogram, CopiesAreIndependent) {
  Histogram original = latencies(100, 1);
  const Histogram copy = original;
  expect_same(copy, original);
  original.record(1);
  EXPECT_EQ(copy.count(), 100);
  Histogram assigned;
  assigned.record(7);
  assigned = copy;
  expect_same(assigned, copy);
  const Histogram moved = std::move(assigned);
  expect_same(moved, copy);
}

TEST(Histogram, ResetForgetsEverything) {
  Histogram histogram = latencies(100, 1);
  histogram.record(INT64_MAX);
  histogram.reset();
  expect_same(histogram, Histogram());
  histogram.record(3);
  EXPECT_EQ(histogram.max_ns(), 3);
}

TEST(Histogram, TextFormComesBack) {
  for (const std::size_t count : {0u, 1u, 2u, 1000u, 50'000u}) {
    const Histogram histogram = latencies(count, 3);
    const std::string text = histogram.encode();
    EXPECT_EQ(text.find_first_of(",\r\n \""), text.npos);
    expect_same(Histogram::decode(text), histogram);
  }
}

TEST(Histogram, RefusesDamagedText) {
  const std::string good = latencies(1000, 4).encode();
  std::string other_cookie = good;
  other_cookie[1] = 'A';
  for (const std::string& text :
       {std::string(), std::string("x"), std::string("AAAA"), std::string("no histogram"),
        good.substr(0, good.size() / 8 * 4), good.substr(1), other_cookie, good + "\n"}) {
    EXPECT_THROW(Histogram::decode(text), std::runtime_error) << text.substr(0, 20);
  }
}

TEST(Histogram, RefusesOrReadsEveryChangedCharacter) {
  const std::string good = latencies(200, 5).encode();
  int refused = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'A', '/', '=', 'z', '\0'}) {
      std::string text = good;
      text[i] = c;
      try {
        EXPECT_GE(Histogram::decode(text).count(), 0);
      } catch (const std::runtime_error&) {
        ++refused;
      }
    }
  }
  // zlib's checksum covers the payload; unused bits of the last character may change.
  EXPECT_GT(refused, static_cast<int>(good.size()) * 4);
}

// The V2 form around `counts`, with the header's payload length given apart.
std::string v2_text(const std::vector<unsigned char>& counts, std::uint32_t payload_length) {
  std::vector<unsigned char> inner;
  const auto put = [](std::vector<unsigned char>& out, std::uint64_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
      out.push_back(static_cast<unsigned char>(value >> shift & 0xff));
    }
  };
  put(inner, 0x1c849313, 4);
  put(inner, payload_length, 4);
  put(inner, 0, 4);
  put(inner, 3, 4);
  put(inner, 1, 8);
  put(inner, static_cast<std::uint64_t>(Histogram::highest_ns), 8);
  put(inner, 0x3ff0000000000000, 8);
  inner.insert(inner.end(), counts.begin(), counts.end());
  uLongf size = compressBound(static_cast<uLong>(inner.size()));
  std::vector<unsigned char> compressed(size);
  compress(compressed.data(), &size, inner.data(), static_cast<uLong>(inner.size()));
  std::vector<unsigned char> outer;
  put(outer, 0x1c849314, 4);
  put(outer, size, 4);
  outer.insert(outer.end(), compressed.begin(), compressed.begin() + static_cast<std::ptrdiff_t>(size));
  const std::size_t padding = (3 - outer.size() % 3) % 3;
  outer.insert(outer.end(), padding, 0);
  const char* alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < outer.size(); i += 3) {
    const unsigned bits =
        static_cast<unsigned>(outer[i]) << 16 | static_cast<unsigned>(outer[i + 1]) << 8 | outer[i + 2];
    for (int shift = 18; shift >= 0; shift -= 6) text += alphabet[bits >> shift & 63];
  }
  text.replace(text.size() - padding, padding, padding, '=');
  return text;
}

TEST(Histogram, RefusesHostileLengthsAndCounts) {
  using Counts = std::vector<unsigned char>;
  EXPECT_EQ(Histogram::decode(v2_text({3, 4, 2}, 3)).count(),
            3);  // two zeros, 2, 1: the form itself is right
  const Counts most = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};      // 2^63 - 1
  const Counts negative = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};  // -2^63
  Counts twice = most;
  twice.insert(twice.end(), most.begin(), most.end());
  struct Case {
    const char* name;
    Counts counts;
    std::uint32_t length;
  };
  for (const Case& c : {Case{"negative length", {2}, 0xffffffff}, Case{"length past the end", {2}, 2},
                        Case{"length too short", {2, 2}, 1}, Case{"zeros past the last bucket", negative, 9},
                        Case{"sum past 63 bits", twice, 18}, Case{"unfinished count", {0x80}, 1},
                        Case{"too many counts", Counts(100'000, 2), 100'000},
                        Case{"more than fits", Counts(400'000, 2), 400'000}}) {
    EXPECT_THROW(Histogram::decode(v2_text(c.counts, c.length)), std::runtime_error) << c.name;
  }
}

TEST(Histogram, RefusesAnotherPrecision) {
  // 1 .. 3,600,000,000 with 2 digits, empty, as hdr_log_encode writes it.
  const std::string two_digits = "HISTFAAAAB94nJNpmSzMwMDAyAABTFAazL82eQmD/QeoAABVagSI";
  EXPECT_THROW(Histogram::decode(two_digits), std::runtime_error);
}

TEST(Histogram, CountsWhatIsAtMostAValue) {
  Histogram histogram;
  EXPECT_EQ(histogram.count_up_to(1'000), 0);
  for (const std::int64_t value : {5, 10, 10, 20, 1'000'000}) histogram.record(value);
  const std::pair<std::int64_t, std::int64_t> cases[] = {{-1, 0},
                                                         {0, 0},
                                                         {4, 0},
                                                         {5, 1},
                                                         {9, 1},
                                                         {10, 3},
                                                         {19, 3},
                                                         {20, 4},
                                                         {999'000, 4},
                                                         {1'000'000, 5},
                                                         {Histogram::highest_ns, 5}};
  for (const auto& [value, count] : cases) EXPECT_EQ(histogram.count_up_to(value), count) << value;
  EXPECT_EQ(histogram.count_up_to(histogram.percentile_ns(80)), 4);
}

}  // namespace
}  // namespace recvbench
