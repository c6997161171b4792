// Intended times against hand-computed tables, hours into a run, and shared between worker threads.
#include "loadgen/schedule.h"

#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

TEST(ConstantSchedule, ComputesTimesFromTheMessageNumber) {
  struct Case {
    double rate;
    std::uint64_t k;
    std::uint64_t offset_ns;
  };
  const Case cases[] = {
      {1000, 0, 0},
      {1000, 1, 1'000'000},
      {1000, 3'600'000, 3'600'000'000'000},
      {3, 1, 333'333'333},  // 1/3 s, rounded down
      {3, 2, 666'666'666},
      {3, 3, 1'000'000'000},
      {3, 3'000'001, 1'000'000'333'333'333},
      {1.0 / 3.0, 1, 3'000'000'000},
      {1.0 / 3.0, 1'000, 3'000'000'000'000},
      {10e6, 1, 100},
      {10e6, 360'000'000'000, 36'000'000'000'000},  // ten hours
      {10e6, 360'000'000'001, 36'000'000'000'100},
      {7e6, 7'000'000'000,
       1'000'000'000'000},  // 142.857 ns apart: an error of 1 ns a message would be 1,000 s
      {1e9, 123'456'789, 123'456'789},
  };
  for (const Case& item : cases)
    EXPECT_EQ(ConstantSchedule(5'000, item.rate).time_ns(item.k), 5'000 + item.offset_ns)
        << "rate " << item.rate << " k " << item.k;
}

TEST(ConstantSchedule, NeverGoesBack) {
  for (const double rate : {0.7, 3.0, 999.9, 123'457.0, 9'999'991.0}) {
    const ConstantSchedule schedule(1, rate);
    for (const std::uint64_t start : {std::uint64_t{0}, static_cast<std::uint64_t>(36'000 * rate)}) {
      std::uint64_t last = schedule.time_ns(start);
      const auto gap = static_cast<std::uint64_t>(1e9 / rate);
      for (std::uint64_t k = start + 1; k < start + 10'000; ++k) {
        const std::uint64_t time = schedule.time_ns(k);
        ASSERT_GE(time, last + gap - (gap > 0 ? 1 : 0)) << rate << " " << k;
        ASSERT_LE(time, last + gap + 2) << rate << " " << k;
        last = time;
      }
    }
  }
}

TEST(ScheduleCursor, WalksTheWorkersOwnConnectionsInTimeOrder) {
  ScheduleCursor cursor(1, 2, 5);  // owns the connections 1 and 3
  const std::uint64_t expected_k[] = {1, 3, 6, 8, 11, 13};
  const std::uint32_t expected_own[] = {0, 1, 0, 1, 0, 1};
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(cursor.k(), expected_k[i]);
    EXPECT_EQ(cursor.own_index(), expected_own[i]);
    EXPECT_EQ(cursor.round(), static_cast<std::uint64_t>(i / 2));
    cursor.advance();
  }
}

TEST(ScheduleCursor, WorkersTogetherSendEveryMessageOnce) {
  for (const std::uint32_t connections : {1U, 2U, 5U, 7U}) {
    for (std::uint32_t workers = 1; workers <= connections; ++workers) {
      std::multiset<std::uint64_t> seen;
      for (std::uint32_t worker = 0; worker < workers; ++worker) {
        ScheduleCursor cursor(worker, workers, connections);
        for (; cursor.k() < 70; cursor.advance()) {
          seen.insert(cursor.k());
          EXPECT_EQ(cursor.k() % connections, worker + cursor.own_index() * workers);
        }
      }
      ASSERT_EQ(seen.size(), 70U) << connections << " connections, " << workers << " workers";
      EXPECT_EQ(std::set<std::uint64_t>(seen.begin(), seen.end()).size(), 70U);
    }
  }
}

}  // namespace
}  // namespace recvbench
