// --engine as people type it: which engines, and with which settings. Pure.
//
//   iocp                                  one engine, by name or glob
//   iocp:batch=64,skip-on-success=on      with settings
//   iocp:batch=1|8|64,threads=1|2         every combination of them, each an engine of its own in tables and
//   plots
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engines/engine.h"

namespace recvbench {

// The pattern that names every engine.
inline constexpr std::string_view every_engine = "all";

struct SettingAxis {
  std::string name;
  std::vector<std::string> values;  // as typed; at least one
};

struct EngineSpec {
  std::string pattern;  // name or glob
  std::vector<SettingAxis> axes;
  std::string text;  // all of it, as typed
};

// One engine with its settings: what a run is made with.
struct EngineVariant {
  const EngineDescriptor* engine = nullptr;
  EngineSettings settings;
  std::string label;  // "iocp:batch=64,threads=2": the engine's name and the settings of its spec
};

// `pieces`: the option's values, split at every comma, those between settings included. Throws UsageError.
std::vector<EngineSpec> parse_engine_specs(const std::vector<std::string>& pieces);

// Every combination of the spec's settings, the first axis slowest, on top of `base`; settings of `base` that
// the engine does not have stay without effect. Throws UsageError where a setting is unknown or a value not
// allowed.
std::vector<EngineVariant> variants_of(const EngineDescriptor& engine, const EngineSpec& spec,
                                       const EngineSettings& base);

// "name=value" of every setting that the engine has, in the order it declares them.
struct SettingText {
  std::string_view name;
  std::string value;
};
std::vector<SettingText> settings_text(const EngineDescriptor& engine, const EngineSettings& settings);

}  // namespace recvbench
