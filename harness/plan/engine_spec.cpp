#include "harness/plan/engine_spec.h"

#include <algorithm>
#include <optional>

#include "harness/plan/option_values.h"
#include "harness/plan/units.h"

namespace recvbench {

namespace {

constexpr const char* spec_form = "ENGINE[:SETTING=VALUE[|VALUE...][,SETTING=...]]";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Where the settings of one spec begin: after the first ':' that is no drive letter's, as in C:\mine.dll and
// \\?\C:\mine.dll. npos = it has none.
std::size_t settings_begin(std::string_view text) {
  std::size_t colon = text.find(':');
  while (colon != std::string_view::npos && text.substr(colon + 1).find_first_of("/\\") == 0)
    colon = text.find(':', colon + 1);
  return colon;
}

EngineSpec parse_spec(const std::string& text) {
  const std::size_t colon = settings_begin(text);
  EngineSpec spec{text.substr(0, colon), {}, text};
  if (spec.pattern.empty()) refuse("--engine", text, spec_form);
  if (colon == std::string::npos) return spec;
  for (const std::string& assignment : split(std::string_view(text).substr(colon + 1), ',')) {
    const std::size_t equals = assignment.find('=');
    if (equals == 0 || equals == std::string::npos) refuse("--engine", text, spec_form);
    SettingAxis axis{assignment.substr(0, equals),
                     split(std::string_view(assignment).substr(equals + 1), '|')};
    const bool twice = std::any_of(spec.axes.begin(), spec.axes.end(),
                                   [&](const SettingAxis& one) { return one.name == axis.name; });
    if (twice)
      refuse("--engine", text, axis.name + " is set twice; several values are written " + axis.name + "=1|2");
    spec.axes.push_back(std::move(axis));
  }
  return spec;
}

std::optional<std::uint64_t> parse_value(const Setting& setting, const std::string& text) {
  if (setting.initial == Setting::unset && text == "system") return Setting::unset;
  switch (setting.kind) {
    case Setting::Kind::choice: {
      const auto found = std::find(setting.choices.begin(), setting.choices.end(), text);
      if (found == setting.choices.end()) return std::nullopt;
      return static_cast<std::uint64_t>(found - setting.choices.begin());
    }
    case Setting::Kind::bytes:
      return parse_bytes(text);
    case Setting::Kind::number:
      break;
  }
  const auto number = parse_count(text);
  if (!number || *number < 0 || *number > static_cast<double>(Setting::largest) ||
      *number != static_cast<double>(static_cast<std::uint64_t>(*number)))
    return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

std::string setting_names(const EngineDescriptor& engine) {
  std::string names;
  for (const Setting& setting : engine.settings)
    names += (names.empty() ? "" : ", ") + std::string(setting.name);
  return names.empty() ? "it has no settings" : "it has " + names;
}

// One axis with its values checked.
struct CheckedAxis {
  const Setting* setting;
  std::vector<std::uint64_t> values;
};

CheckedAxis check(const EngineDescriptor& engine, const EngineSpec& spec, const SettingAxis& axis) {
  CheckedAxis checked{engine.find_setting(axis.name), {}};
  if (checked.setting == nullptr)
    refuse("--engine", spec.text,
           std::string(engine.name) + " has no setting " + axis.name + "; " + setting_names(engine));
  for (const std::string& text : axis.values) {
    const auto value = parse_value(*checked.setting, text);
    if (!value || !is_allowed(*checked.setting, *value))
      refuse("--engine", spec.text,
             axis.name + "=" + text + ": allowed is " + allowed_values(*checked.setting));
    if (std::find(checked.values.begin(), checked.values.end(), *value) == checked.values.end())
      checked.values.push_back(*value);
  }
  return checked;
}

}  // namespace

std::vector<EngineSpec> parse_engine_specs(const std::vector<std::string>& pieces) {
  std::vector<std::string> texts;
  bool open = false;  // the last spec has settings, so that another may follow its comma
  for (const std::string& piece : pieces) {
    const bool starts_settings = settings_begin(piece) != std::string::npos;
    if (open && !starts_settings && piece.find('=') != std::string::npos) {
      texts.back() += "," + piece;
    } else {
      texts.push_back(piece);
      open = starts_settings;
    }
  }
  std::vector<EngineSpec> specs;
  specs.reserve(texts.size());
  for (const std::string& text : texts) specs.push_back(parse_spec(text));
  return specs;
}

std::vector<EngineVariant> variants_of(const EngineDescriptor& engine, const EngineSpec& spec,
                                       const EngineSettings& base) {
  std::vector<EngineVariant> variants{{&engine, base, std::string(engine.name)}};
  char separator = ':';
  for (const SettingAxis& axis : spec.axes) {
    const CheckedAxis checked = check(engine, spec, axis);
    std::vector<EngineVariant> longer;
    for (const EngineVariant& shorter : variants) {
      for (const std::uint64_t value : checked.values) {
        EngineVariant& one = longer.emplace_back(shorter);
        one.settings.set(*checked.setting, value);
        one.label += separator + axis.name + "=" + value_text(*checked.setting, value);
      }
    }
    variants = std::move(longer);
    separator = ',';
  }
  return variants;
}

std::vector<SettingText> settings_text(const EngineDescriptor& engine, const EngineSettings& settings) {
  std::vector<SettingText> texts;
  for (const Setting& setting : engine.settings)
    texts.push_back({setting.name, value_text(setting, settings.get(setting))});
  return texts;
}

}  // namespace recvbench
