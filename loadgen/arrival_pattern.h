// How the messages of an open loop fall due over time, as asked for. A plain value; arrival_process.h makes
// times of it.
#pragma once

#include <cstdint>

namespace recvbench {

struct ArrivalPattern {
  enum class Kind : std::uint8_t {
    constant,  // equal gaps
    poisson,   // exponential gaps: independent of each other, as of very many independent senders
    burst,     // `burst` messages at once on one connection, with equal gaps between the bursts
  };

  Kind kind = Kind::constant;
  std::uint32_t burst = 1;  // 1 .. most_burst

  bool operator==(const ArrivalPattern&) const = default;
};

inline constexpr std::uint32_t most_burst = 1'000'000;

const char* to_string(ArrivalPattern::Kind kind) noexcept;  // "constant", "poisson", "burst"

}  // namespace recvbench
