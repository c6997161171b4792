#include "results/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <new>
#include <stdexcept>

#include <hdr/hdr_histogram.h>
#include <hdr/hdr_histogram_log.h>

namespace recvbench {

namespace {

constexpr int significant_digits = 3;

// The index of the bucket that `value` falls into. A bisection, because HdrHistogram_c's own function is not
// in its headers; about 16 steps.
std::int32_t bucket_index(const hdr_histogram* histogram, std::int64_t value) {
  std::int32_t low = 0;
  std::int32_t high = histogram->counts_len;
  while (high - low > 1) {
    const std::int32_t middle = low + (high - low) / 2;
    (hdr_value_at_index(histogram, middle) <= value ? low : high) = middle;
  }
  return low;
}

struct IndexRange {
  std::int32_t begin;
  std::int32_t end;
};

// The buckets between the least and the greatest value: the only ones that can have been counted in.
IndexRange touched(const hdr_histogram* histogram) {
  if (histogram->total_count == 0) return {0, 0};
  return {bucket_index(histogram, hdr_min(histogram)), bucket_index(histogram, hdr_max(histogram)) + 1};
}

}  // namespace

void Histogram::Free::operator()(hdr_histogram* histogram) const noexcept {
  hdr_close(histogram);
}

Histogram::Histogram() {
  hdr_histogram* histogram = nullptr;
  // The limits are constants that hdr_init accepts, so memory is all that can be missing.
  if (hdr_init(lowest_ns, highest_ns, significant_digits, &histogram) != 0) throw std::bad_alloc();
  histogram_.reset(histogram);
}

Histogram::~Histogram() = default;
Histogram::Histogram(Histogram&&) noexcept = default;
Histogram& Histogram::operator=(Histogram&&) noexcept = default;

Histogram::Histogram(const Histogram& other) : Histogram() {
  add(other);
}

Histogram& Histogram::operator=(const Histogram& other) {
  if (this != &other) *this = Histogram(other);
  return *this;
}

void Histogram::record(std::int64_t value_ns) noexcept {
  // hdr_record_value takes what its last bucket holds, which reaches past the range.
  if (value_ns > highest_ns || !hdr_record_value(histogram_.get(), std::max(value_ns, lowest_ns)))
    ++out_of_range_;
}

void Histogram::add(const Histogram& other) noexcept {
  out_of_range_ += other.out_of_range_ + hdr_add(histogram_.get(), other.histogram_.get());
}

void Histogram::add(const SparseCounts& counts) noexcept {
  out_of_range_ += counts.out_of_range;
  for (const auto& [value_ns, count] : counts.values) {
    if (!hdr_record_values(histogram_.get(), value_ns, count)) out_of_range_ += count;
  }
}

void Histogram::reset() noexcept {
  hdr_reset(histogram_.get());
  out_of_range_ = 0;
}

SparseCounts Histogram::sparse() const {
  const hdr_histogram* histogram = histogram_.get();
  const IndexRange range = touched(histogram);
  // The counts themselves, not hdr_count_at_index: half the time of an interval's end.
  const std::int64_t* const begin = histogram->counts + range.begin;
  const std::int64_t* const end = histogram->counts + range.end;

  SparseCounts result;
  result.out_of_range = out_of_range_;
  result.values.reserve(static_cast<std::size_t>(end - begin - std::count(begin, end, 0)));
  for (std::int32_t i = range.begin; i < range.end; ++i) {
    if (histogram->counts[i] != 0) {
      result.values.push_back({hdr_value_at_index(histogram, i), histogram->counts[i]});
    }
  }
  return result;
}

std::int64_t Histogram::count() const noexcept {
  return histogram_->total_count;
}
std::int64_t Histogram::min_ns() const noexcept {
  return count() == 0 ? 0 : hdr_min(histogram_.get());
}
std::int64_t Histogram::max_ns() const noexcept {
  return hdr_max(histogram_.get());
}

double Histogram::mean_ns() const noexcept {
  // Not hdr_mean: its 64-bit sum overflows at 2.6 million values of an hour.
  const hdr_histogram* histogram = histogram_.get();
  const IndexRange range = touched(histogram);
  double sum = 0;
  for (std::int32_t i = range.begin; i < range.end; ++i) {
    if (const std::int64_t count = hdr_count_at_index(histogram, i); count != 0) {
      const std::int64_t middle = hdr_median_equivalent_value(histogram, hdr_value_at_index(histogram, i));
      sum += static_cast<double>(middle) * static_cast<double>(count);
    }
  }
  return range.begin == range.end ? 0 : sum / static_cast<double>(count());
}

std::int64_t Histogram::percentile_ns(double percentile) const noexcept {
  // Not hdr_value_at_percentile: it rounds the rank to the nearest where the Java and JavaScript libraries
  // round it up, so that the same log would show different percentiles. One ulp is taken off against 99.9 /
  // 100 * 1000 > 999.
  const hdr_histogram* histogram = histogram_.get();
  const double exact = std::clamp(percentile, 0.0, 100.0) / 100 * static_cast<double>(count());
  const auto rank =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(std::nextafter(exact, 0.0))));
  const IndexRange range = touched(histogram);
  std::int64_t seen = 0;
  for (std::int32_t i = range.begin; i < range.end; ++i) {
    seen += hdr_count_at_index(histogram, i);
    if (seen >= rank) return hdr_next_non_equivalent_value(histogram, hdr_value_at_index(histogram, i)) - 1;
  }
  return 0;
}

std::int64_t Histogram::count_up_to(std::int64_t value_ns) const noexcept {
  const hdr_histogram* histogram = histogram_.get();
  const IndexRange range = touched(histogram);
  const std::int32_t end = std::min(range.end, bucket_index(histogram, std::max(value_ns, lowest_ns)) + 1);
  std::int64_t count = 0;
  for (std::int32_t i = range.begin; i < end; ++i) count += hdr_count_at_index(histogram, i);
  return count;
}

std::string Histogram::encode() const {
  char* text = nullptr;
  if (const int result = hdr_log_encode(histogram_.get(), &text); result != 0) {
    throw std::runtime_error(std::string("hdr_log_encode: ") + hdr_strerror(result));
  }
  const std::unique_ptr<char, decltype(&std::free)> owned(text, &std::free);
  return owned.get();
}

}  // namespace recvbench
