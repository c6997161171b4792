// The catalog's own promises, and the arithmetic of counters.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "engines/catalog.h"

namespace recvbench {
namespace {

TEST(Catalog, NamesAreUniqueAndFound) {
  std::set<std::string_view> names;
  for (const EngineDescriptor& engine : engine_catalog()) {
    EXPECT_TRUE(names.insert(engine.name).second) << engine.name;
    EXPECT_EQ(find_engine(engine.name), &engine);
  }
  for (const ForeignEngine& engine : foreign_engines()) {
    EXPECT_TRUE(names.insert(engine.name).second) << engine.name;
    EXPECT_EQ(find_engine(engine.name), nullptr) << engine.name << " is not of this platform";
  }
  EXPECT_EQ(find_engine("no such engine"), nullptr);
}

TEST(Catalog, DescriptorsAreComplete) {
  for (const EngineDescriptor& engine : engine_catalog()) {
    SCOPED_TRACE(std::string(engine.name));
    EXPECT_FALSE(engine.api.empty());
    EXPECT_FALSE(engine.platform.empty());
    EXPECT_FALSE(engine.summary.empty());
    EXPECT_FALSE(engine.protocols.empty());
    ASSERT_TRUE(engine.probe);
    ASSERT_TRUE(engine.create);
    ASSERT_TRUE(engine.max_connections);
    for (const EngineLimit& limit : engine.limits) {
      EXPECT_FALSE(limit.name.empty());
      EXPECT_FALSE(limit.source.empty());
    }
    const Availability availability = engine.probe();
    EXPECT_TRUE(availability.available || !availability.reason.empty());
  }
}

TEST(Catalog, HasTheNullEngine) {
  const EngineDescriptor* null = find_engine("null");
  ASSERT_NE(null, nullptr);
  EXPECT_TRUE(null->synthetic);
}

EngineCounters counters(std::uint64_t n, std::uint64_t min, std::uint64_t max) {
  EngineCounters one;
  one.receive_calls = one.wait_calls = one.wakeups = one.completions = n;
  one.completions_per_wakeup_min = min;
  one.completions_per_wakeup_max = max;
  return one;
}

TEST(EngineCounters, AddUp) {
  EngineCounters sum = counters(10, 2, 5);
  sum += counters(7, 3, 9);
  EXPECT_EQ(sum.receive_calls, 17u);
  EXPECT_EQ(sum.wait_calls, 17u);
  EXPECT_EQ(sum.wakeups, 17u);
  EXPECT_EQ(sum.completions, 17u);
  EXPECT_EQ(sum.completions_per_wakeup_min, 2u);
  EXPECT_EQ(sum.completions_per_wakeup_max, 9u);
}

TEST(EngineCounters, ZeroIsNoMinimum) {
  EngineCounters sum = counters(1, 0, 0);
  sum += counters(1, 4, 4);
  EXPECT_EQ(sum.completions_per_wakeup_min, 4u);
  sum += counters(1, 0, 0);
  EXPECT_EQ(sum.completions_per_wakeup_min, 4u);
}

}  // namespace
}  // namespace recvbench
