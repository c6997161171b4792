// Values of settings, and their texts.
#include "engines/settings.h"

#include <algorithm>

namespace recvbench {

namespace {

// "512", "64KiB": exact.
std::string bytes_text(std::uint64_t bytes) {
  static constexpr std::pair<std::uint64_t, const char*> units[] = {
      {std::uint64_t{1} << 30, "GiB"}, {std::uint64_t{1} << 20, "MiB"}, {std::uint64_t{1} << 10, "KiB"}};
  for (const auto& [size, name] : units)
    if (bytes != 0 && bytes % size == 0) return std::to_string(bytes / size) + name;
  return std::to_string(bytes);
}

}  // namespace

std::string allowed_values(const Setting& setting) {
  if (setting.kind == Setting::Kind::choice) {
    std::string names;
    for (std::size_t i = 0; i < setting.choices.size(); ++i)
      names += (i == 0                            ? ""
                : i + 1 == setting.choices.size() ? " or "
                                                  : ", ") +
               std::string(setting.choices[i]);
    return names;
  }
  return value_text(setting, setting.least) + " to " + value_text(setting, setting.most) +
         (setting.initial == Setting::unset ? ", or system" : "");
}

std::string value_text(const Setting& setting, std::uint64_t value) {
  if (value == Setting::unset) return "system";
  switch (setting.kind) {
    case Setting::Kind::choice:
      return std::string(setting.choices[value]);
    case Setting::Kind::bytes:
      return bytes_text(value);
    case Setting::Kind::number:
      break;
  }
  return std::to_string(value);
}

bool is_allowed(const Setting& setting, std::uint64_t value) {
  if (value == Setting::unset) return setting.initial == Setting::unset;
  return value >= setting.least && value <= setting.most;
}

std::uint64_t EngineSettings::get(const Setting& setting) const {
  if (setting.name == threads_setting.name) return static_cast<std::uint64_t>(threads);
  if (setting.name == buffer_setting.name) return buffer_bytes;
  if (setting.name == receives_in_flight_setting.name) return static_cast<std::uint64_t>(receives_in_flight);
  if (setting.name == socket_buffer_setting.name)
    return socket_receive_buffer ? static_cast<std::uint64_t>(*socket_receive_buffer) : Setting::unset;
  const auto found =
      std::find_if(own_.begin(), own_.end(), [&](const auto& one) { return one.first == setting.name; });
  return found == own_.end() ? setting.initial : found->second;
}

void EngineSettings::set(const Setting& setting, std::uint64_t value) {
  if (setting.name == threads_setting.name) {
    threads = static_cast<int>(value);
  } else if (setting.name == buffer_setting.name) {
    buffer_bytes = static_cast<std::size_t>(value);
  } else if (setting.name == receives_in_flight_setting.name) {
    receives_in_flight = static_cast<int>(value);
  } else if (setting.name == socket_buffer_setting.name) {
    socket_receive_buffer = value == Setting::unset ? std::nullopt : std::optional(static_cast<int>(value));
  } else {
    const auto found =
        std::find_if(own_.begin(), own_.end(), [&](const auto& one) { return one.first == setting.name; });
    if (found == own_.end())
      own_.emplace_back(setting.name, value);
    else
      found->second = value;
  }
}

}  // namespace recvbench
