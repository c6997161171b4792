// The most that the generator can send on this machine, against a receiver that only drains; and what it says
// of an engine's rate. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "loadgen/load_plan.h"

namespace recvbench {

struct GeneratorCeiling {
  Protocol protocol = Protocol::tcp;
  std::uint32_t size_bytes = 64;
  std::uint32_t messages_per_send = 1;  // 1 = a segment each
  int load_threads = 1;
  double messages_per_s = 0;
};

// A rate of four fifths of the ceiling or more is the generator's limit, hence a lower bound (">= X") of the
// engine's and never its maximum.
inline constexpr double generator_limit_share = 0.8;
constexpr bool is_generator_limited(double messages_per_s, double ceiling_per_s) noexcept {
  return messages_per_s >= generator_limit_share * ceiling_per_s;
}

// The ceiling that was measured under these conditions; empty where none was.
std::optional<double> ceiling_of(std::span<const GeneratorCeiling> ceilings, Protocol protocol,
                                 std::uint32_t size_bytes, std::uint32_t messages_per_send, int load_threads);

// {"protocol", "size_bytes", "messages_per_send", "load_threads", "messages_per_s"}
nlohmann::json to_json(const GeneratorCeiling& ceiling);

// The ceilings of a document that `doctor --calibrate --json` printed. Throws std::runtime_error of one line
// where it is no such document, has no ceilings, or comes from a machine or build of another fingerprint
// (`hash` of fingerprint_json).
std::vector<GeneratorCeiling> ceilings_of(const nlohmann::json& doctor, const std::string& fingerprint_hash);

}  // namespace recvbench
