// The clock: one order for all threads, and sleeps that end after their time.
#include "platform/clock.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace recvbench {
namespace {

TEST(ClockTest, NeverGoesBack) {
  std::uint64_t last = now_ns();
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t now = now_ns();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(ClockTest, OneOrderAcrossThreads) {
  // Two threads hand a time back and forth: what one read may not lie after what the other reads later.
  constexpr int turns = 1000;  // on a busy machine each may cost a time slice
  std::atomic<int> turn{0};
  std::atomic<std::uint64_t> handed{now_ns()};
  std::atomic<int> backwards{0};
  const auto play = [&](int side) {
    for (int i = side; i < turns; i += 2) {
      while (turn.load(std::memory_order_acquire) != i) std::this_thread::yield();
      const std::uint64_t now = now_ns();
      if (now < handed.load(std::memory_order_relaxed)) ++backwards;
      handed.store(now, std::memory_order_relaxed);
      turn.store(i + 1, std::memory_order_release);
    }
  };
  std::thread other(play, 1);
  play(0);
  other.join();
  EXPECT_EQ(turn.load(), turns);
  EXPECT_EQ(backwards.load(), 0);
}

TEST(ClockTest, CountsNanoseconds) {
  // Against the library's own clock: a wrong scale would be wrong by a factor, not by half.
  const auto library_start = std::chrono::steady_clock::now();
  const std::uint64_t start = now_ns();
  sleep_until_ns(start + 100'000'000);
  const auto elapsed = static_cast<double>(now_ns() - start);
  const auto library =
      std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - library_start);
  EXPECT_NEAR(elapsed / library.count(), 1.0, 0.5);
}

TEST(ClockTest, ASleepEndsAfterItsTime) {
  for (const std::uint64_t length : {0ull, 100'000ull, 3'000'000ull, 30'000'000ull}) {
    const std::uint64_t start = now_ns();
    sleep_until_ns(start + length);
    const std::uint64_t elapsed = now_ns() - start;
    EXPECT_GE(elapsed, length);
    EXPECT_LT(elapsed, length + 1'000'000'000) << "overslept by a second";
  }
  const std::uint64_t start = now_ns();
  sleep_until_ns(0);  // long past
  EXPECT_LT(now_ns() - start, 100'000'000u);
}

TEST(ClockTest, ItsResolutionIsBelowAMicrosecond) {
  EXPECT_GT(clock_resolution_ns(), 0.0);
  EXPECT_LE(clock_resolution_ns(), 1000.0);
  EXPECT_FALSE(clock_name().empty());
}

TEST(ClockTest, WallClockAgreesWithTheLibrary) {
  const auto library = std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  EXPECT_NEAR(static_cast<double>(unix_time_ns() - library.count()), 0.0, 1e9);
}

}  // namespace
}  // namespace recvbench
