// Counts and sums of one stream of one thread per 250 ms: what a run's steadiness is judged by. The
// histograms of LatencyRecorder are too large to be kept at that resolution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace recvbench {

struct WindowSum {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;  // of latencies, ns
  bool operator==(const WindowSum&) const = default;
};

// Window k covers [start + k * 250 ms, start + (k + 1) * 250 ms).
using WindowSeries = std::vector<WindowSum>;

// Adds `from` to `to`, window by window; `to` grows to the longer of the two.
void add_windows(WindowSeries& to, const WindowSeries& from);

// Single-threaded. add() costs a comparison and two additions; a window that is begun may make the list grow,
// by 16 bytes. Times may go back: every value lands in its own window.
class WindowSums {
 public:
  static constexpr std::uint64_t window_ns = 250'000'000;
  // Two hours: four times the longest window that a run may measure. What comes later is counted in the last
  // one.
  static constexpr std::size_t most_windows = 28'800;

  // Times before `start_ns` count in window 0.
  explicit WindowSums(std::uint64_t start_ns) : start_ns_(start_ns), begin_ns_(start_ns) {}

  void add(std::uint64_t at_ns, std::uint64_t count, std::uint64_t sum) noexcept {
    if (at_ns - begin_ns_ >= window_ns) select(at_ns);  // before it, the difference wraps to far past it
    WindowSum& window = windows_[current_];
    window.count += count;
    window.sum += sum;
  }

  // After the recording thread has ended. The last window is the last that anything was added to.
  const WindowSeries& windows() const noexcept { return windows_; }

 private:
  void select(std::uint64_t at_ns) noexcept;

  std::uint64_t start_ns_;
  std::uint64_t begin_ns_;  // of the current window
  std::size_t current_ = 0;
  WindowSeries windows_ = WindowSeries(1);
};

}  // namespace recvbench
