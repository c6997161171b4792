// The one clock of every timestamp: monotonic nanoseconds. QueryPerformanceCounter on Windows,
// CLOCK_MONOTONIC_RAW on Linux. Under Wine QPC *is* CLOCK_MONOTONIC_RAW / 100 ns with offset 0, so that a
// native generator and a receiver under Wine share one time line; NTP slewing would drive CLOCK_MONOTONIC
// away from it.
#pragma once

#include <cstdint>
#include <string>

namespace recvbench {

// Nanoseconds since an arbitrary point fixed until reboot, the same for all processes of one host.
std::uint64_t now_ns() noexcept;

// Wall-clock nanoseconds since 1970-01-01T00:00:00Z.
std::int64_t unix_time_ns() noexcept;

// What now_ns stands on: "QueryPerformanceCounter" or "CLOCK_MONOTONIC_RAW", and its resolution in ns.
std::string clock_name();
double clock_resolution_ns() noexcept;

// Sleeps until now_ns() >= deadline. Sleeps coarsely, then yields: accurate to about a millisecond, for
// control flow only. Pacing of messages does not use it.
void sleep_until_ns(std::uint64_t deadline) noexcept;

}  // namespace recvbench
