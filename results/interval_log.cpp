#include "results/interval_log.h"

#include <array>
#include <charconv>

namespace recvbench {

namespace {

// Digits after the point: 3 for seconds, 6 for milliseconds of nanoseconds. Not printf: a locale may have a
// comma.
std::string fixed(double value, int digits) {
  std::array<char, 64> buffer;
  const auto result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed, digits);
  return std::string(buffer.data(), result.ptr);
}

}  // namespace

std::string interval_log_header(std::int64_t start_unix_ns) {
  return "#[recvbench: values in ns, Interval_Max in ms]\n"
         "#[Histogram log format version 1.3]\n"
         "#[StartTime: " +
         fixed(static_cast<double>(start_unix_ns) / 1e9, 3) +
         " (seconds since epoch)]\n"
         "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n";
}

std::string interval_log_lines(std::string_view tag, std::int64_t first_interval_offset_ns,
                               const IntervalHistograms& intervals) {
  std::string lines;
  for (const auto& [interval, histogram] : intervals) {
    const double start_s =
        static_cast<double>(first_interval_offset_ns) / 1e9 + static_cast<double>(interval);
    lines.append("Tag=").append(tag);
    lines += ',' + fixed(start_s, 3) + ",1.000," + fixed(static_cast<double>(histogram.max_ns()) / 1e6, 6) +
             ',' + histogram.encode() + '\n';
  }
  return lines;
}

}  // namespace recvbench
