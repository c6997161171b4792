// Thread placement and CPU time.
#include "platform/thread.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "platform/clock.h"
#include "platform/system_info.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <pthread.h>
#include <sched.h>
#endif

namespace recvbench {
namespace {

int current_cpu() {
#ifdef _WIN32
  return static_cast<int>(GetCurrentProcessorNumber());
#else
  return sched_getcpu();
#endif
}

TEST(ThreadTest, AllowedCpusAreSortedAndExist) {
  const std::vector<int> cpus = allowed_cpus();
  ASSERT_FALSE(cpus.empty());
  EXPECT_TRUE(std::is_sorted(cpus.begin(), cpus.end()));
  EXPECT_EQ(std::adjacent_find(cpus.begin(), cpus.end()), cpus.end());
  EXPECT_GE(cpus.front(), 0);
  EXPECT_LE(cpus.size(), static_cast<std::size_t>(system_info().logical_cpus));
}

TEST(ThreadTest, APinnedThreadRunsThereAndLeavesTheOthersAlone) {
  const std::vector<int> cpus = allowed_cpus();
  for (const int cpu : cpus) {
    std::thread([cpu, &cpus] {
      const std::error_code error = pin_current_thread(cpu);
      EXPECT_FALSE(error) << error.message();
      for (int i = 0; i < 100; ++i) {
        ASSERT_EQ(current_cpu(), cpu);
        std::this_thread::yield();
      }
      EXPECT_EQ(allowed_cpus(), cpus) << "one thread's pinning is not the process's";
    }).join();
  }
}

TEST(ThreadTest, PinningToNoCpuIsAnError) {
  EXPECT_TRUE(pin_current_thread(-1) == std::errc::invalid_argument);
  EXPECT_TRUE(pin_current_thread(1'000'000) == std::errc::invalid_argument);
}

TEST(ThreadTest, CpuTimeIsThatOfTheThread) {
  const std::uint64_t before = thread_cpu_ns();
  const std::uint64_t give_up = now_ns() + 10'000'000'000;
  while (thread_cpu_ns() - before < 30'000'000 && now_ns() < give_up) {
  }
  EXPECT_GE(thread_cpu_ns() - before, 30'000'000u);
  std::thread([] { EXPECT_LT(thread_cpu_ns(), 30'000'000u) << "another thread's time"; }).join();
}

TEST(ThreadTest, ANameOfAnyLengthIsTaken) {
  std::thread([] {
    set_thread_name("");
    set_thread_name(std::string(500, 'n'));
#ifndef _WIN32
    char name[64] = {};
    ASSERT_EQ(pthread_getname_np(pthread_self(), name, sizeof name), 0);
    EXPECT_EQ(std::string(name), std::string(15, 'n'));
#endif
    set_thread_name("worker");
  }).join();
}

}  // namespace
}  // namespace recvbench
