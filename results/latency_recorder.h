// Latencies of one stream of one thread, kept per one-second interval, so that a run gives both its whole
// distribution and an interval log.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "results/histogram.h"

namespace recvbench {

// One second of a stream: interval k covers [start + k s, start + (k + 1) s) of the time given to record().
using IntervalHistograms = std::map<std::uint64_t, Histogram>;

// Single-threaded. record() costs one histogram update (3 ns); once a second the finished interval is set
// aside as its non-zero counts, so that memory does not grow by a full histogram (270 KB) a second. That
// stalls the thread for 8 to 18 us at 3,000 to 9,500 non-zero counts, and for 25 to 75 us where the memory is
// touched for the first time. Time that goes backwards over an interval's edge is counted in the current
// interval, time before start_ns in interval 0.
class LatencyRecorder {
 public:
  explicit LatencyRecorder(std::uint64_t start_ns) : start_ns_(start_ns) {}

  void record(std::uint64_t at_ns, std::int64_t value_ns) noexcept {
    if (at_ns >= interval_end_ns_) roll(at_ns);
    current_.record(value_ns);
  }

  // Adds every interval of this recorder to `intervals`. Call after the recording thread has ended.
  void collect(IntervalHistograms& intervals) const;
  std::int64_t out_of_range() const noexcept;

 private:
  struct Finished {
    std::uint64_t interval;
    SparseCounts counts;
  };
  void roll(std::uint64_t at_ns) noexcept;

  std::uint64_t start_ns_;
  std::uint64_t interval_ = 0;
  std::uint64_t interval_end_ns_ = 0;
  Histogram current_;
  std::vector<Finished> finished_;
};

// The whole of a stream: all intervals added.
Histogram total(const IntervalHistograms& intervals);

}  // namespace recvbench
