// QueryPerformanceCounter in nanoseconds.
#include "platform/clock.h"

#include <algorithm>

#include <windows.h>

#include "platform/winsock/high_resolution_timer.h"

namespace recvbench {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;

std::uint64_t ticks_a_second() noexcept {
  // Fixed at boot; the documentation says to read it once. QueryPerformance* cannot fail since Windows XP.
  static const std::uint64_t frequency = [] {
    LARGE_INTEGER value;
    QueryPerformanceFrequency(&value);
    return static_cast<std::uint64_t>(value.QuadPart);
  }();
  return frequency;
}

}  // namespace

std::uint64_t now_ns() noexcept {
  LARGE_INTEGER counter;
  QueryPerformanceCounter(&counter);
  const auto ticks = static_cast<std::uint64_t>(counter.QuadPart);
  const std::uint64_t frequency = ticks_a_second();
  // 10 MHz on Windows 10 and later, and under Wine: no division.
  if (frequency == 10'000'000) return ticks * 100;
  // ticks * second_ns would overflow after half an hour at 10 MHz; the remainder's product stays below 2^64
  // up to 18 GHz.
  return ticks / frequency * second_ns + ticks % frequency * second_ns / frequency;
}

std::int64_t unix_time_ns() noexcept {
  FILETIME time;
  GetSystemTimePreciseAsFileTime(&time);
  const std::uint64_t since_1601 = (std::uint64_t{time.dwHighDateTime} << 32) | time.dwLowDateTime;  // 100 ns
  constexpr std::int64_t unix_epoch = 116'444'736'000'000'000;
  return (static_cast<std::int64_t>(since_1601) - unix_epoch) * 100;
}

std::string clock_name() {
  return "QueryPerformanceCounter";
}

double clock_resolution_ns() noexcept {
  return static_cast<double>(second_ns) / static_cast<double>(ticks_a_second());
}

void sleep_until_ns(std::uint64_t deadline) noexcept {
  const HighResolutionTimer timer;
  const std::uint64_t yield_ns = timer ? 1'500'000 : 17'000'000;
  for (;;) {
    const std::uint64_t now = now_ns();
    if (now >= deadline) return;
    const std::uint64_t left = deadline - now;
    if (left <= yield_ns) {
      SwitchToThread();
      continue;
    }
    const std::uint64_t pause = std::min<std::uint64_t>(left - yield_ns, 3600 * second_ns);
    if (timer && timer.start(pause)) {
      WaitForSingleObject(timer.native(), INFINITE);
    } else {
      Sleep(static_cast<DWORD>(pause / 1'000'000));
    }
  }
}

}  // namespace recvbench
