// Process cost and leak figures.
#include "platform/cost.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "platform/clock.h"
#include "platform/cycles.h"
#include "platform/socket.h"
#include "platform/system_info.h"

namespace recvbench {
namespace {

TEST(CostTest, BurntCpuIsCounted) {
  // The time is taken before and after the CPU time, so that it holds whatever a machine that gives its CPU away does between.
  const std::uint64_t start = now_ns();
  const ProcessCost before = process_cost();
  const std::uint64_t wanted = 10 * cpu_time_step_ns() + 50'000'000;
  const auto spent = [&before] {
    const ProcessCost now = process_cost();
    return now.user_ns + now.kernel_ns - before.user_ns - before.kernel_ns;
  };
  while (spent() < wanted && now_ns() - start < 20'000'000'000) {
  }
  const std::uint64_t burnt = spent();
  EXPECT_GE(burnt, wanted);
  // One thread cannot have spent more than the time that passed, but for the steps it is counted in and for a
  // CPU clock that the system slews (at most 0.05 %) while this one is raw.
  const std::uint64_t passed = now_ns() - start;
  EXPECT_LE(burnt, passed + passed / 100 + 4 * cpu_time_step_ns());
}

TEST(CostTest, CyclesAreCountedWhereTheSystemTells) {
  const CycleCounter counter;
  const std::optional<std::uint64_t> before = counter.read();
  if (!before) GTEST_SKIP() << "the system does not count cycles, or does not permit it";
  std::thread([] {
    const std::uint64_t start = now_ns();
    while (now_ns() - start < 20'000'000) {
    }
  }).join();
  EXPECT_GT(counter.read().value_or(0), *before + 1'000'000) << "of a thread as well";
}

TEST(CostTest, TheWineServersCpuTimeIsFoundUnderWineOnly) {
  const std::optional<std::uint64_t> before = wineserver_cpu_ns();
  ASSERT_EQ(before.has_value(), running_under_wine());
  if (!before) return;
  // Every pair of these is two round trips to the server or more.
  const std::uint64_t start = now_ns();
  while (*wineserver_cpu_ns() < *before + 50'000'000 && now_ns() - start < 60'000'000'000) {
  }
  EXPECT_GE(*wineserver_cpu_ns(), *before + 50'000'000);
}

TEST(CostTest, TheStepIsPlausible) {
  EXPECT_GE(cpu_time_step_ns(), 1u);
  EXPECT_LE(cpu_time_step_ns(), 16'000'000u);
  EXPECT_GE(least_cpu_time_ns(), 50 * cpu_time_step_ns());
}

TEST(CostTest, MemoryIsCounted) {
  constexpr std::size_t size = 32 * 1024 * 1024;
  const ProcessCost before = process_cost();
  if (!before.resident_bytes) GTEST_SKIP() << "the system does not tell resident memory";
  const std::vector<char> block(size, 'x');
  const ProcessCost after = process_cost();
  ASSERT_EQ(block[size / 2], 'x');
  EXPECT_GE(*after.resident_bytes, *before.resident_bytes + size / 2);
  ASSERT_TRUE(after.peak_resident_bytes);
  EXPECT_GE(*after.peak_resident_bytes, size);
}

TEST(CostTest, SwitchesAreCountedWhereTheSystemTells) {
  const ProcessCost before = process_cost();
  if (!before.voluntary_switches) GTEST_SKIP() << "the system does not tell context switches";
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_GT(*process_cost().voluntary_switches, *before.voluntary_switches);
}

TEST(CostTest, HandlesAreCountedWhereTheSystemTells) {
  const NetworkSession session;
  const std::optional<std::uint64_t> before = open_handle_count();
  if (!before) GTEST_SKIP() << "the system does not tell open handles";
  {
    const Socket first = open_udp(AddressFamily::ipv4);
    const Socket second = open_udp(AddressFamily::ipv4);
    EXPECT_GE(open_handle_count(), *before + 2);
  }
  // Winsock opens handles of its own with the first socket.
  if (std::string(platform_name()) == "linux") {
    EXPECT_EQ(open_handle_count(), before);
  }
}

TEST(CostTest, ThreadsAreCounted) {
  std::thread([] {}).join();  // ThreadSanitizer starts a thread of its own with a program's first
  const std::optional<std::uint64_t> before = thread_count();
  ASSERT_TRUE(before);
  std::thread extra([&before] { EXPECT_EQ(thread_count(), *before + 1); });
  extra.join();
}

}  // namespace
}  // namespace recvbench
