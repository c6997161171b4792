#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engines/catalog.h"
#include "harness/cli/commands.h"
#include "harness/cli/exit_codes.h"
#include "harness/run/plugins.h"
#include "harness/plan/usage_error.h"
#include "platform/system_info.h"
#include "results/json_text.h"

namespace recvbench {

namespace {

const char* kind_name(Setting::Kind kind) {
  switch (kind) {
    case Setting::Kind::number:
      return "number";
    case Setting::Kind::bytes:
      return "bytes";
    case Setting::Kind::choice:
      break;
  }
  return "choice";
}

nlohmann::json as_json(const Setting& setting) {
  return {{"name", setting.name},
          {"help", setting.help},
          {"kind", kind_name(setting.kind)},
          {"default", value_text(setting, setting.initial)},
          {"allowed", allowed_values(setting)}};
}

nlohmann::json as_json(const EngineDescriptor& engine) {
  const Availability here = engine.probe();
  nlohmann::json limits = nlohmann::json::array();
  for (const EngineLimit& limit : engine.limits)
    limits.push_back({{"name", limit.name}, {"value", limit.value}, {"source", limit.source}});
  nlohmann::json settings = nlohmann::json::array();
  for (const Setting& setting : engine.settings) settings.push_back(as_json(setting));
  return {{"name", engine.name},         {"api", engine.api},
          {"platform", engine.platform}, {"protocols", engine.protocols},
          {"available", here.available}, {"reason", here.reason},
          {"emulated", here.emulated},   {"synthetic", engine.synthetic},
          {"summary", engine.summary},   {"limits", limits},
          {"settings", settings}};
}

nlohmann::json as_json(const ForeignEngine& engine) {
  return {{"name", engine.name},
          {"api", engine.api},
          {"platform", engine.platform},
          {"protocols", nlohmann::json::array({"tcp", "udp"})},  // as every engine that has sockets
          {"available", false},
          {"reason", "a " + std::string(engine.platform) + " engine, not part of this build"},
          {"emulated", false},
          {"synthetic", false},
          {"summary", ""},
          {"limits", nlohmann::json::array()},
          {"settings", nlohmann::json::array()}};
}

nlohmann::json all_engines(const std::vector<EngineDescriptor>& here) {
  nlohmann::json engines = nlohmann::json::array();
  for (const EngineDescriptor& engine : here) engines.push_back(as_json(engine));
  for (const ForeignEngine& engine : foreign_engines()) engines.push_back(as_json(engine));
  return engines;
}

std::string text_of(const nlohmann::json& object, const char* key) {
  return object[key].get<std::string>();
}

const char* here_word(const nlohmann::json& engine) {
  if (!engine["available"].get<bool>()) return "no";
  return engine["emulated"].get<bool>() ? "emulated" : "yes";
}

void print_row(const nlohmann::json& engine) {
  std::printf("%-20s %-8s %s\n", text_of(engine, "name").c_str(), here_word(engine),
              text_of(engine, "api").c_str());
  if (const std::string reason = text_of(engine, "reason"); !reason.empty())
    std::printf("%-29s %s\n", "", reason.c_str());
}

// What stands behind "runs here". The reason may begin with the word itself.
std::string here_text(const nlohmann::json& engine) {
  const std::string word = here_word(engine);
  const std::string reason = text_of(engine, "reason");
  if (reason.starts_with(word + ":")) return reason;
  return reason.empty() ? word : word + ": " + reason;
}

// `asked`: the name or path it was asked for by.
void print_details(const nlohmann::json& engine, const std::string& asked) {
  const std::string name = text_of(engine, "name");
  std::printf("%s: %s\n", name.c_str(), text_of(engine, "api").c_str());
  if (const std::string summary = text_of(engine, "summary"); !summary.empty())
    std::printf("  %s\n", summary.c_str());
  std::printf("\n  platform   %s\n  runs here  %s\n  protocols ", text_of(engine, "platform").c_str(),
              here_text(engine).c_str());
  for (const nlohmann::json& protocol : engine["protocols"])
    std::printf(" %s", protocol.get<std::string>().c_str());
  std::printf("\n");
  for (const nlohmann::json& limit : engine["limits"])
    std::printf("  limit      %s: %llu\n             (%s)\n", text_of(limit, "name").c_str(),
                static_cast<unsigned long long>(limit["value"].get<std::uint64_t>()),
                text_of(limit, "source").c_str());
  const nlohmann::json& settings = engine["settings"];
  if (settings.empty()) return;
  std::printf("\n  %-20s %-8s %s\n", "setting", "default", "allowed");
  for (const nlohmann::json& setting : settings)
    std::printf("  %-20s %-8s %s\n      %s\n", text_of(setting, "name").c_str(),
                text_of(setting, "default").c_str(), text_of(setting, "allowed").c_str(),
                text_of(setting, "help").c_str());
  const std::string first = text_of(settings.front(), "name");
  std::printf("\nSet with --engine '%s:%s=VALUE,...'; VALUE|VALUE measures each.\n", asked.c_str(),
              first.c_str());
}

void print_all(const nlohmann::json& engines) {
  std::printf("%-20s %-8s %s\n", "engine", "here", "calls");
  for (const nlohmann::json& engine : engines) print_row(engine);
  const SystemInfo system = system_info();
  std::printf("\nThis machine: %s%s%s, %d logical CPUs. Limits and settings of one: list ENGINE.\n",
              system.os.c_str(), system.wine_version.empty() ? "" : ", Wine ", system.wine_version.c_str(),
              system.logical_cpus);
}

nlohmann::json only(const nlohmann::json& engines, const std::string& name) {
  std::string names;
  for (const nlohmann::json& engine : engines) {
    if (text_of(engine, "name") == name) return nlohmann::json::array({engine});
    names += (names.empty() ? "" : ", ") + text_of(engine, "name");
  }
  throw UsageError("list " + name + ": no such engine; one of " + names);
}

}  // namespace

int list_command(const std::string& engine, bool json) {
  std::vector<EngineSpec> asked;
  if (!engine.empty()) asked.push_back({engine, {}, engine});
  nlohmann::json engines = all_engines(load_plugins(asked));
  if (!engine.empty()) engines = only(engines, asked.front().pattern);
  if (json) {
    std::puts(json_text(engines, 2).c_str());
  } else if (!engine.empty()) {
    print_details(engines.front(), engine);
  } else {
    print_all(engines);
  }
  return exit_code::ok;
}

}  // namespace recvbench
