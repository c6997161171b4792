// How evenly messages were sent: the share of gaps between them that are as long as planned. Pure.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace recvbench {

// Of the gaps between consecutive times, those within `tolerance` (0.1 = 10 %) of 1 / rate; 0 where there is
// none.
inline double share_of_even_gaps(std::span<const std::uint64_t> times_ns, double rate_per_s,
                                 double tolerance) {
  if (times_ns.size() < 2) return 0;
  const double planned_ns = 1e9 / rate_per_s;
  std::size_t even = 0;
  for (std::size_t i = 1; i < times_ns.size(); ++i) {
    // Signed: the clock of a network's time stamps may be set back.
    const auto gap_ns = static_cast<double>(static_cast<std::int64_t>(times_ns[i] - times_ns[i - 1]));
    if (std::abs(gap_ns - planned_ns) <= tolerance * planned_ns) ++even;
  }
  return static_cast<double>(even) / static_cast<double>(times_ns.size() - 1);
}

}  // namespace recvbench
