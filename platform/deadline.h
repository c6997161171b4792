// A time limit that survives interrupted and sliced waits. Internal to platform/.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

#include "platform/clock.h"

namespace recvbench {

class Deadline {
 public:
  // Negative counts as 0; anything past a hundred years as a hundred years, so that nanoseconds cannot
  // overflow.
  explicit Deadline(std::chrono::milliseconds limit)
      : at_(now_ns() +
            static_cast<std::uint64_t>(
                std::chrono::nanoseconds(std::clamp(limit, std::chrono::milliseconds(0), longest)).count())) {
  }

  bool passed() const { return now_ns() >= at_; }

  // What is left, for a call that takes an int of milliseconds: rounded up, so that a wait never ends too
  // early and spins; at most INT_MAX, so the caller asks passed() and waits again.
  int milliseconds_left() const {
    const std::uint64_t now = now_ns();
    if (now >= at_) return 0;
    const std::uint64_t left = (at_ - now + 999'999) / 1'000'000;
    return static_cast<int>(std::min<std::uint64_t>(left, std::numeric_limits<int>::max()));
  }

 private:
  static constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 36'525);
  std::uint64_t at_;
};

}  // namespace recvbench
