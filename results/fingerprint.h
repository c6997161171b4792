// What two results must share to be compared: the machine and the build, without what changes from day to day
// (frequency, load) or names nobody's machine but one's own (host name).
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "platform/system_info.h"
#include "results/environment.h"

namespace recvbench {

// {"cpu_model", "logical_cpus", "os", "wine_version", "transport", "compiler", "flags", "build_type",
// "hash"}. `os` is the system with its build number, `wine_version` "" on a real system, `transport`
// "loopback". `hash` is the 64-bit FNV-1a of the other members as compact JSON with sorted keys, in 16
// hexadecimal digits: the same on every platform, and equal where all of them are.
nlohmann::json fingerprint_json(const SystemInfo& system, const BuildInfo& build);

// Of this machine and build.
std::string fingerprint_hash();

}  // namespace recvbench
