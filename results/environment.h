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
  std::string target;        // "Windows x86_64"
};
BuildInfo build_info();

// What every table and plot says of the environment: "Wine 8.0, not Windows"; "" on a real system.
std::string environment_label(const SystemInfo& system);

// {"system": {...}, "build": {...}, "clock": {...}, "label": environment_label}, with system_info's and
// build_info's fields under their own names and {"name", "resolution_ns"} of the clock.
nlohmann::json environment_json();

}  // namespace recvbench
