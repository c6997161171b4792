#include <cstdio>
#include <string>

#include <nlohmann/json.hpp>

#include "engines/catalog.h"
#include "harness/cli/commands.h"
#include "harness/cli/exit_codes.h"
#include "platform/system_info.h"

namespace recvbench {

namespace {

nlohmann::json as_json(const EngineDescriptor& engine) {
  const Availability here = engine.probe();
  nlohmann::json limits = nlohmann::json::array();
  for (const EngineLimit& limit : engine.limits)
    limits.push_back({{"name", limit.name}, {"value", limit.value}, {"source", limit.source}});
  return {{"name", engine.name},         {"api", engine.api},
          {"platform", engine.platform}, {"protocols", engine.protocols},
          {"available", here.available}, {"reason", here.reason},
          {"emulated", here.emulated},   {"synthetic", engine.synthetic},
          {"summary", engine.summary},   {"limits", limits}};
}

nlohmann::json as_json(const ForeignEngine& engine) {
  return {{"name", engine.name},
          {"api", engine.api},
          {"platform", engine.platform},
          {"protocols", {"tcp"}},
          {"available", false},
          {"reason", "a " + std::string(engine.platform) + " engine, not part of this build"},
          {"emulated", false},
          {"synthetic", false},
          {"summary", ""},
          {"limits", nlohmann::json::array()}};
}

nlohmann::json all_engines() {
  nlohmann::json engines = nlohmann::json::array();
  for (const EngineDescriptor& engine : engine_catalog()) engines.push_back(as_json(engine));
  for (const ForeignEngine& engine : foreign_engines()) engines.push_back(as_json(engine));
  return engines;
}

}  // namespace

int list_command(bool json) {
  const nlohmann::json engines = all_engines();
  if (json) {
    std::puts(engines.dump(2).c_str());
    return exit_code::ok;
  }
  std::printf("%-19s %-8s %s\n", "engine", "here", "calls");
  for (const nlohmann::json& engine : engines) {
    const bool available = engine["available"];
    const bool emulated = engine["emulated"];
    std::printf("%-19s %-8s %s\n", engine["name"].get<std::string>().c_str(),
                !available ? "no"
                : emulated ? "emulated"
                           : "yes",
                engine["api"].get<std::string>().c_str());
    for (const nlohmann::json& limit : engine["limits"])
      std::printf("%-28s limit: %s %llu\n", "", limit["name"].get<std::string>().c_str(),
                  static_cast<unsigned long long>(limit["value"].get<std::uint64_t>()));
    if (const std::string reason = engine["reason"]; !reason.empty())
      std::printf("%-28s %s\n", "", reason.c_str());
  }
  const SystemInfo system = system_info();
  std::printf("\nThis machine: %s%s%s, %d logical CPUs. Sources of the limits: list --json.\n",
              system.os.c_str(), system.wine_version.empty() ? "" : ", Wine ", system.wine_version.c_str(),
              system.logical_cpus);
  return exit_code::ok;
}

}  // namespace recvbench
