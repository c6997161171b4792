// CLOCK_MONOTONIC_RAW: the hardware clock without NTP's slewing.
#include "platform/clock.h"

#include <sched.h>
#include <time.h>

namespace recvbench {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;

std::uint64_t in_ns(const timespec& time) noexcept {
  return static_cast<std::uint64_t>(time.tv_sec) * second_ns + static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

std::uint64_t now_ns() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_RAW, &now);
  return in_ns(now);
}

std::int64_t unix_time_ns() noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::int64_t>(in_ns(now));
}

std::string clock_name() {
  return "CLOCK_MONOTONIC_RAW";
}

double clock_resolution_ns() noexcept {
  timespec resolution;
  clock_getres(CLOCK_MONOTONIC_RAW, &resolution);
  return static_cast<double>(in_ns(resolution));
}

void sleep_until_ns(std::uint64_t deadline) noexcept {
  constexpr std::uint64_t yield_ns = 200'000;  // a sleep overshoots by some 60 us; the rest is yielded away
  for (;;) {
    const std::uint64_t now = now_ns();
    if (now >= deadline) return;
    const std::uint64_t left = deadline - now;
    if (left > yield_ns) {
      const std::uint64_t pause = left - yield_ns;
      timespec request{static_cast<time_t>(pause / second_ns), static_cast<long>(pause % second_ns)};
      nanosleep(&request, nullptr);  // a signal ends it early: the loop looks again
    } else {
      sched_yield();
    }
  }
}

}  // namespace recvbench
