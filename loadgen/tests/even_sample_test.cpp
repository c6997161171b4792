// A subsample is even over its stream, whatever its length.
#include "loadgen/even_sample.h"

#include <gtest/gtest.h>

namespace recvbench {
namespace {

TEST(EvenSample, KeepsAllOfAShortStream) {
  EvenSample sample(4);
  for (int i = 0; i < 4; ++i) sample.add(i);
  EXPECT_EQ(sample.values(), (std::vector<double>{0, 1, 2, 3}));
}

TEST(EvenSample, KeepsEveryNthOfALongOne) {
  EvenSample sample(4);
  for (int i = 0; i < 5; ++i) sample.add(i);
  EXPECT_EQ(sample.values(), (std::vector<double>{0, 2, 4}));
  for (int i = 5; i < 17; ++i) sample.add(i);
  EXPECT_EQ(sample.values(), (std::vector<double>{0, 8, 16}));
}

TEST(EvenSample, HasAtLeastHalfOfItsMemoryAndIsEven) {
  for (const int length : {9'999, 10'000, 10'001, 123'456, 1'000'000}) {
    EvenSample sample(10'000);
    for (int i = 0; i < length; ++i) sample.add(i);
    const std::vector<double>& values = sample.values();
    ASSERT_GE(values.size(), length < 10'000 ? 9'999u : 5'000u) << length;
    ASSERT_LE(values.size(), 10'000u) << length;
    const double stride = values[1] - values[0];
    for (std::size_t i = 1; i < values.size(); ++i) ASSERT_EQ(values[i] - values[i - 1], stride) << length;
    EXPECT_GT(values.back() + stride, length - 1) << length;
  }
}

}  // namespace
}  // namespace recvbench
