// A latency histogram in nanoseconds: HdrHistogram, 1 ns .. 3,600 s, 3 significant digits.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct hdr_histogram;

namespace recvbench {

// A histogram without its zero counts: what is kept of one second (some KB instead of 270).
struct SparseCounts {
  struct ValueCount {
    std::int64_t value_ns;
    std::int64_t count;
  };
  std::vector<ValueCount> values;  // ascending
  std::int64_t out_of_range = 0;
};

// Values are ns. Not thread-safe: one per thread, merged by adding counts. There is deliberately no way to
// combine percentiles: averaging them is always wrong.
class Histogram {
 public:
  static constexpr std::int64_t lowest_ns = 1;
  static constexpr std::int64_t highest_ns = 3'600'000'000'000;

  Histogram();  // throws std::bad_alloc
  ~Histogram();
  Histogram(Histogram&&) noexcept;
  Histogram& operator=(Histogram&&) noexcept;
  Histogram(const Histogram& other);
  Histogram& operator=(const Histogram& other);

  // Values below 1 ns count as 1 ns; values past an hour are counted in out_of_range() and nowhere else.
  void record(std::int64_t value_ns) noexcept;
  void add(const Histogram& other) noexcept;
  void add(const SparseCounts& counts) noexcept;
  void reset() noexcept;
  SparseCounts sparse() const;  // throws std::bad_alloc

  std::int64_t count() const noexcept;
  std::int64_t out_of_range() const noexcept { return out_of_range_; }
  std::int64_t min_ns() const noexcept;  // 0 where empty
  std::int64_t max_ns() const noexcept;  // 0 where empty
  double mean_ns() const noexcept;       // 0 where empty
  // The smallest recorded value that at least `percentile` percent of all values do not exceed (nearest
  // rank), as the highest value of its bucket; `percentile` in [0, 100]; 0 where empty.
  std::int64_t percentile_ns(double percentile) const noexcept;
  // How many of the values are at most `value_ns` (or fall into its bucket).
  std::int64_t count_up_to(std::int64_t value_ns) const noexcept;

  // HdrHistogram V2 compressed, base64: what an interval log line carries.
  std::string encode() const;  // throws std::runtime_error
  // Throws std::runtime_error where it is not such a text, or one of another range or precision.
  static Histogram decode(std::string_view encoded);

  const hdr_histogram* native() const noexcept { return histogram_.get(); }

 private:
  struct Free {
    void operator()(hdr_histogram* histogram) const noexcept;
  };
  std::unique_ptr<hdr_histogram, Free> histogram_;
  std::int64_t out_of_range_ = 0;
};

}  // namespace recvbench
