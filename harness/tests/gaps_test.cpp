#include "harness/benchmarks/peers/gaps.h"

#include <vector>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

TEST(EvenGaps, AreCountedWithinTheToleranceOfTheRate) {
  struct Row {
    std::vector<std::uint64_t> times_us;
    double share;
  };
  for (const Row& row : {Row{{}, 0}, Row{{5}, 0}, Row{{0, 1000, 2000}, 1},
                         Row{{0, 1000, 2101, 3000}, 1.0 / 3}, Row{{0, 900, 2000}, 1},  // both at the edge
                         Row{{0, 0, 2000}, 0},  // two at once, then a double gap
                         Row{{2000, 1000, 2000}, 0.5}}) {
    std::vector<std::uint64_t> times_ns;
    for (const std::uint64_t at : row.times_us) times_ns.push_back(at * 1000);
    EXPECT_DOUBLE_EQ(share_of_even_gaps(times_ns, 1000, 0.1), row.share)
        << ::testing::PrintToString(row.times_us);
  }
}

}  // namespace
}  // namespace recvbench
