// Disjoint sets of CPUs by tables.
#include "harness/plan/cpu_sets.h"

#include <gtest/gtest.h>

namespace recvbench {
namespace {

TEST(CpuSets, AreDisjointWhereThereAreEnough) {
  struct Case {
    std::vector<int> allowed;
    int load_threads;
    std::optional<CpuSets> expected;
  };
  const Case cases[] = {
      {{}, 1, std::nullopt},
      {{0}, 1, std::nullopt},
      {{0, 1, 2}, 1, std::nullopt},
      {{0, 1, 2, 3}, 1, CpuSets{{0, 1, 2}, {3}}},
      {{3, 2, 1, 0}, 2, CpuSets{{0, 1}, {2, 3}}},
      {{0, 1, 2, 3}, 64, CpuSets{{0, 1}, {2, 3}}},  // never more than half
      {{4, 6, 8, 10, 12}, 2, CpuSets{{4, 6, 8}, {10, 12}}},
      {{4, 6, 8, 10, 12}, 4, CpuSets{{4, 6, 8}, {10, 12}}},
  };
  for (const Case& item : cases)
    EXPECT_EQ(disjoint_cpu_sets(item.allowed, item.load_threads), item.expected) << item.allowed.size();
}

TEST(CpuSets, SayTheOptionsThatAskForThem) {
  EXPECT_EQ(options_of({{0, 1, 2}, {3}}), "--cpus 0,1,2 --load-cpus 3");
}

}  // namespace
}  // namespace recvbench
