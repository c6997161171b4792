#include "results/fingerprint.h"

#include <cstdint>
#include <cstdio>
#include <string>

#include "results/json_text.h"

namespace recvbench {

namespace {

std::string fnv1a(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return digits;
}

}  // namespace

nlohmann::json fingerprint_json(const SystemInfo& system, const BuildInfo& build) {
  nlohmann::json fingerprint = {{"cpu_model", system.cpu_model},
                                {"logical_cpus", system.logical_cpus},
                                {"os", system.os},
                                {"wine_version", system.wine_version},
                                {"transport", "loopback"},
                                {"compiler", build.compiler},
                                {"flags", build.flags},
                                {"build_type", build.build_type}};
  fingerprint["hash"] = fnv1a(json_text(fingerprint));
  return fingerprint;
}

std::string fingerprint_hash() {
  return fingerprint_json(system_info(), build_info())["hash"].get<std::string>();
}

}  // namespace recvbench
