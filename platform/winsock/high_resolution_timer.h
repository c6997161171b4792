// A timer to wait for, alone or beside other handles. Internal to platform/.
#pragma once

#include <algorithm>
#include <cstdint>

#include <windows.h>

namespace recvbench {

// Windows' own timeouts, those of WSAPoll and of the wait functions, end at the 15.6 ms tick of its clock.
// This timer keeps to a millisecond and, unlike timeBeginPeriod, leaves the tick alone: that is the whole
// machine's before Windows 10 2004, receiver included. It needs Windows 10 1803. Where the system has none
// the object is false, and its waits end at the tick.
class HighResolutionTimer {
 public:
  HighResolutionTimer() noexcept
      : native_(CreateWaitableTimerExW(nullptr, nullptr, high_resolution, TIMER_ALL_ACCESS)) {}
  ~HighResolutionTimer() {
    if (native_) CloseHandle(native_);
  }
  HighResolutionTimer(const HighResolutionTimer&) = delete;
  HighResolutionTimer& operator=(const HighResolutionTimer&) = delete;

  explicit operator bool() const noexcept { return native_ != nullptr; }
  // Signalled once the time is over, until one wait has ended by it or it is started anew.
  HANDLE native() const noexcept { return native_; }

  // From now on, for an hour at most. False where the system refuses (GetLastError).
  bool start(std::uint64_t timeout_ns) const noexcept {
    constexpr std::uint64_t most_ns = 3'600'000'000'000;
    LARGE_INTEGER due;
    due.QuadPart = -static_cast<LONGLONG>(std::min(timeout_ns, most_ns) / 100);  // negative: relative
    return SetWaitableTimer(native_, &due, 0, nullptr, nullptr, FALSE) != 0;
  }

 private:
  static constexpr DWORD high_resolution =
      0x2;  // CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, newer than some SDKs

  HANDLE native_;
};

}  // namespace recvbench
