#include "results/latency_recorder.h"

#include <new>
#include <utility>

namespace recvbench {

namespace {
constexpr std::uint64_t interval_ns = 1'000'000'000;

bool empty(const Histogram& histogram) {
  return histogram.count() == 0 && histogram.out_of_range() == 0;
}
}  // namespace

void LatencyRecorder::roll(std::uint64_t at_ns) noexcept {
  if (!empty(current_)) {
    try {
      finished_.push_back({interval_, current_.sparse()});
      current_.reset();
    } catch (const std::bad_alloc&) {
      // Nothing is lost: the counts stay in current_ and go into the log with the next interval. Ending the
      // process in the middle of a measurement for one second's resolution of the log would be worse.
    }
  }
  interval_ = at_ns < start_ns_ ? 0 : (at_ns - start_ns_) / interval_ns;
  interval_end_ns_ = start_ns_ + (interval_ + 1) * interval_ns;
}

void LatencyRecorder::collect(IntervalHistograms& intervals) const {
  for (const Finished& finished : finished_) intervals[finished.interval].add(finished.counts);
  if (!empty(current_)) intervals[interval_].add(current_);
}

std::int64_t LatencyRecorder::out_of_range() const noexcept {
  std::int64_t sum = current_.out_of_range();
  for (const Finished& finished : finished_) sum += finished.counts.out_of_range;
  return sum;
}

Histogram total(const IntervalHistograms& intervals) {
  Histogram sum;
  for (const auto& [interval, histogram] : intervals) sum.add(histogram);
  return sum;
}

}  // namespace recvbench
