// Where and with what a result was measured.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "platform/system_info.h"

namespace recvbench {

struct BuildInfo {
  std::string version;       // "0.1.0"
  std::string git_revision;  // "1910f60", "1910f60-dirty", empty where not built from a checkout
  std::string compiler;      // "GNU 12.2.0"
  std::string build_type;    // "RelWithDebInfo"
  std::string flags;         // of the compiler: "-O2 -g -DNDEBUG"
  std::string sanitizers;    // "address,undefined", empty where built without
  std::string target;        // "Windows x86_64"
};
BuildInfo build_info();

// What every table and plot says of the environment: "Wine 8.0, not Windows"; "" on a real system.
std::string environment_label(const SystemInfo& system);

// {"system": {...}, "build": {...}, "clock": {...}, "fingerprint": {...}, "label": environment_label}, with
// system_info's and build_info's fields under their own names, {"name", "resolution_ns"} of the clock, and
// fingerprint_json (results/fingerprint.h).
nlohmann::json environment_json();

}  // namespace recvbench
