// Response times of single connections, coarsely: what the fairness of a run between its connections is
// judged by. A Histogram for each of a thousand connections would take 270 MB; this takes 2 KB each.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace recvbench {

// Buckets an eighth of an octave wide from 2 us on, 128 ns below. Not thread-safe. record() is some shifts
// and one count.
class ConnectionLatencies {
 public:
  void record(std::uint64_t value_ns) noexcept {
    const std::uint64_t units = value_ns / unit_ns;
    const int shift = std::max(0, static_cast<int>(std::bit_width(units)) - 4);
    const auto index = static_cast<std::size_t>(shift) * 8 + static_cast<std::size_t>(units >> shift);
    ++counts_[std::min(index, counts_.size() - 1)];
  }

  std::uint64_t count() const noexcept;
  // Right to half a bucket; empty where fewer than 10 lie beyond it.
  std::optional<std::int64_t> p99_ns() const noexcept;

 private:
  static constexpr std::uint64_t unit_ns = 128;
  std::array<std::uint64_t, 264> counts_{};  // up to 3,600 s and past it
};

}  // namespace recvbench
