#include "results/connection_latencies.h"

#include <numeric>

namespace recvbench {

std::uint64_t ConnectionLatencies::count() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::optional<std::int64_t> ConnectionLatencies::p99_ns() const noexcept {
  const std::uint64_t all = count();
  if (all < 1'000) return std::nullopt;
  const std::uint64_t rank = all - all / 100;
  std::uint64_t seen = 0;
  std::size_t index = 0;
  while ((seen += counts_[index]) < rank) ++index;
  // The middle of the bucket.
  const std::size_t shift = index < 16 ? 0 : index / 8 - 1;
  const std::uint64_t units = index < 16 ? index : index - 8 * shift;
  return static_cast<std::int64_t>(((2 * units + 1) << shift) * unit_ns / 2);
}

}  // namespace recvbench
