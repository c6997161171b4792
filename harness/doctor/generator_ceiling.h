// The most that the generator can send on this machine, against a receiver that only drains; and what it says
// of an engine's rate. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "harness/plan/run_options.h"
#include "harness/plan/scenario.h"
#include "results/run_record.h"

namespace recvbench {

// The generator's part of a run: rates are compared where all of it is the same.
struct CeilingConditions {
  Protocol protocol = Protocol::tcp;
  std::uint32_t size_bytes = 64;
  std::uint32_t messages_per_send = 1;  // 1 = a segment each
  std::uint32_t connections = 1;        // one is of a kind, and 2 to 32 are
  int load_threads = 1;
  std::string generator;  // its platform: a native one may serve a receiver under Wine
};

struct GeneratorCeiling {
  CeilingConditions at;
  double messages_per_s = 0;
};

// A rate of four fifths of the ceiling or more is the generator's limit, hence a lower bound (">= X") of the
// engine's and never its maximum.
inline constexpr double generator_limit_share = 0.8;
constexpr bool is_generator_limited(double messages_per_s, double ceiling_per_s) noexcept {
  return messages_per_s >= generator_limit_share * ceiling_per_s;
}

// What a scenario's rate may be compared with. Empty where ceilings are of another kind of load: replies,
// connections that come, go or idle, several sizes, IPv6, payloads that are made for checking, pinned
// threads. `generator`: the platform of the program that makes the load.
std::optional<CeilingConditions> ceiling_conditions(const Scenario& scenario, const RunOptions& options,
                                                    const std::string& generator);

// The ceiling that was measured under these conditions; empty where none was, or nothing was sent then.
std::optional<GeneratorCeiling> ceiling_at(std::span<const GeneratorCeiling> ceilings,
                                           const CeilingConditions& at);

// Writes the ceiling of its conditions into a run's record, and whether it limits the rate that was received.
// Changes nothing where the load had a given rate.
void compare_with_ceiling(RunRecord& record, const std::optional<GeneratorCeiling>& ceiling);

// {"protocol", "size_bytes", "messages_per_send", "connections", "load_threads", "generator",
// "messages_per_s"}
nlohmann::json to_json(const GeneratorCeiling& ceiling);

// The ceilings of a document that `doctor --calibrate --json` printed. Throws std::runtime_error of one line
// where it is no such document, has no ceilings, or comes from a machine or build of another fingerprint
// (`hash` of fingerprint_json).
std::vector<GeneratorCeiling> ceilings_of(const nlohmann::json& doctor, const std::string& fingerprint_hash);

}  // namespace recvbench
