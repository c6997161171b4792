// A cheap hash of one number. Pure.
#pragma once

#include <cstdint>

namespace recvbench {

// Finaliser of SplitMix64: every input bit changes about half of the output bits.
constexpr std::uint64_t mix_bits(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

// 2^64 divided by the golden ratio: multiples of it are spread evenly.
inline constexpr std::uint64_t golden_step = 0x9E3779B97F4A7C15U;

}  // namespace recvbench
