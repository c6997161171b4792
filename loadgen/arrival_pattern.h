// How the messages of an open loop fall due over time, as asked for. A plain value; arrival_process.h makes
// times of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace recvbench {

// What happened once, to be repeated: a message each, in the order of time.
struct Recording {
  static constexpr std::uint32_t any_connection = ~std::uint32_t{0};  // the connections take turns
  struct Message {
    std::uint64_t offset_ns = 0;  // from the begin of the load
    std::uint32_t connection = any_connection;
    bool operator==(const Message&) const = default;
  };
  std::string name;  // in the scenario's name
  std::vector<Message> messages;
  bool operator==(const Recording&) const = default;
};

struct ArrivalPattern {
  enum class Kind : std::uint8_t {
    constant,  // equal gaps
    poisson,   // exponential gaps: independent of each other, as of very many independent senders
    burst,     // `burst` messages at once on one connection, with equal gaps between the bursts
    ramp,      // the rate goes in a straight line from the first to the second of `rates_per_s`
    step,      // the rate is each of `rates_per_s` for an equal part of the window
    replay,    // as recorded
  };

  Kind kind = Kind::constant;
  std::uint32_t burst = 1;            // 1 .. most_burst
  std::vector<double> rates_per_s{};  // in total over all connections, >= 0; the warm-up has the first
  std::shared_ptr<const Recording> recording{};  // replay: over warm-up and window

  bool operator==(const ArrivalPattern&) const = default;  // the same recording, not an equal one
};

inline constexpr std::uint32_t most_burst = 1'000'000;
inline constexpr std::size_t most_steps = 16;
inline constexpr std::size_t most_recorded = 2'000'000;  // fits a control message

const char* to_string(ArrivalPattern::Kind kind) noexcept;  // "constant", "poisson", ...

// The mean rate in the window where the pattern itself says it; empty where it has the rate it is given.
std::optional<double> own_rate_per_s(const ArrivalPattern& pattern, std::uint64_t warmup_ns,
                                     std::uint64_t duration_ns);

}  // namespace recvbench
