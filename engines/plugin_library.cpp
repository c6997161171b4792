#include "engines/plugin_library.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "platform/shared_library.h"
#include "platform/system_info.h"

namespace recvbench {
namespace {

constexpr const char* export_name = "recvbench_engine";

// Plug-ins are built apart from us, so what ABI 1 began with stays where it is. Its table ended with destroy.
static_assert(RECVBENCH_PLUGIN_ABI == 1, "this is the layout of ABI 1");
static_assert(sizeof(void*) == 8, "as it is for 64-bit processors");
constexpr std::size_t first_table_bytes = 112;
static_assert(offsetof(recvbench_engine_plugin, abi) == 0 && offsetof(recvbench_engine_plugin, size) == 4 &&
              offsetof(recvbench_engine_plugin, flags) == 8 &&
              offsetof(recvbench_engine_plugin, setting_count) == 12 &&
              offsetof(recvbench_engine_plugin, settings) == 16 &&
              offsetof(recvbench_engine_plugin, name) == 24 && offsetof(recvbench_engine_plugin, api) == 32 &&
              offsetof(recvbench_engine_plugin, summary) == 40 &&
              offsetof(recvbench_engine_plugin, unavailable) == 48 &&
              offsetof(recvbench_engine_plugin, max_connections) == 56 &&
              offsetof(recvbench_engine_plugin, create) == 64 &&
              offsetof(recvbench_engine_plugin, start) == 72 &&
              offsetof(recvbench_engine_plugin, add) == 80 && offsetof(recvbench_engine_plugin, stop) == 88 &&
              offsetof(recvbench_engine_plugin, counters) == 96 &&
              offsetof(recvbench_engine_plugin, destroy) == first_table_bytes - 8);
static_assert(offsetof(recvbench_host, size) == 0 && offsetof(recvbench_host, context) == 8 &&
              offsetof(recvbench_host, attach_thread) == 16 && offsetof(recvbench_host, received) == 24 &&
              offsetof(recvbench_host, datagram) == 32 && offsetof(recvbench_host, closed) == 40);
static_assert(offsetof(recvbench_settings, size) == 0 && offsetof(recvbench_settings, threads) == 4 &&
              offsetof(recvbench_settings, buffer_bytes) == 8 &&
              offsetof(recvbench_settings, receives_in_flight) == 16 &&
              offsetof(recvbench_settings, own) == 24);
// Without a size, so that these are all there is.
static_assert(sizeof(recvbench_setting) == 48 && offsetof(recvbench_setting, help) == 8 &&
              offsetof(recvbench_setting, initial) == 16 && offsetof(recvbench_setting, least) == 24 &&
              offsetof(recvbench_setting, most) == 32 && offsetof(recvbench_setting, choices) == 40);
static_assert(sizeof(recvbench_counters) == 48 && offsetof(recvbench_counters, receive_calls) == 0 &&
              offsetof(recvbench_counters, wait_calls) == 8 && offsetof(recvbench_counters, wakeups) == 16 &&
              offsetof(recvbench_counters, completions) == 24 &&
              offsetof(recvbench_counters, completions_per_wakeup_min) == 32 &&
              offsetof(recvbench_counters, completions_per_wakeup_max) == 40);
static_assert(sizeof(recvbench_failure) == 256 && offsetof(recvbench_failure, error) == 0 &&
              offsetof(recvbench_failure, text) == 4);
static_assert(RECVBENCH_LARGEST_NUMBER == Setting::largest);

constexpr std::size_t most_settings = 64;
constexpr std::size_t longest_text = 200;

[[noreturn]] void refuse(const std::string& what) {
  throw std::runtime_error(what);
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

// One line that a table or a report can hold.
void check_text(const char* text, const char* what) {
  if (text == nullptr || *text == '\0') refuse(std::string("its ") + what + " is missing");
  const std::string_view view(text);
  if (view.size() > longest_text ||
      std::any_of(view.begin(), view.end(), [](unsigned char c) { return c < 0x20; }))
    refuse(std::string("its ") + what + " is no line of at most " + std::to_string(longest_text) + " bytes");
}

// The plug-in's settings as ours, with the arrays that they refer to.
class DeclaredSettings {
 public:
  explicit DeclaredSettings(const recvbench_engine_plugin& plugin) {
    if (plugin.setting_count > most_settings)
      refuse("it declares " + std::to_string(plugin.setting_count) + " settings, at most " +
             std::to_string(most_settings) + " are allowed");
    if (plugin.setting_count > 0 && plugin.settings == nullptr) refuse("its settings are missing");
    for (std::uint32_t i = 0; i < plugin.setting_count; ++i) add(plugin.settings[i]);
  }
  DeclaredSettings(const DeclaredSettings&) = delete;
  DeclaredSettings& operator=(const DeclaredSettings&) = delete;

  const std::vector<Setting>& all() const { return settings_; }

 private:
  void add(const recvbench_setting& given) {
    if (given.name == nullptr || !is_name(given.name))
      refuse("the name of setting " + std::to_string(settings_.size() + 1) +
             " is none of letters, digits and '-'");
    const std::string what = std::string("setting ") + given.name;
    for (const Setting& common :
         {threads_setting, buffer_setting, receives_in_flight_setting, socket_buffer_setting})
      if (common.name == given.name) refuse(what + ": the name is taken by a setting that all engines share");
    for (const Setting& other : settings_)
      if (other.name == given.name) refuse(what + ": declared twice");
    check_text(given.help, (what + "'s help").c_str());
    // The largest of all would even stand for "left to the system" (Setting::unset).
    if (given.initial > Setting::largest || (given.choices == nullptr && given.most > Setting::largest))
      refuse(what + ": its numbers go beyond " + std::to_string(Setting::largest));
    Setting setting = given.choices != nullptr
                          ? choice_setting(given.name, given.help, choices_of(given, what))
                          : number_setting(given.name, given.help, 0, given.least, given.most);
    setting.initial = given.initial;
    if (!is_allowed(setting, setting.initial))
      refuse(what + ": its default " + std::to_string(given.initial) +
             " is not allowed: " + allowed_values(setting));
    settings_.push_back(setting);
  }

  std::span<const std::string_view> choices_of(const recvbench_setting& given, const std::string& what) {
    std::vector<std::string_view>& choices = choices_.emplace_back();
    for (const char* const* choice = given.choices; *choice != nullptr; ++choice) {
      if (!is_name(*choice)) refuse(what + ": a choice is none of letters, digits and '-'");
      choices.emplace_back(*choice);
    }
    if (choices.empty()) refuse(what + ": there is nothing to choose from");
    return choices;
  }

  std::vector<Setting> settings_;
  std::deque<std::vector<std::string_view>> choices_;  // what the settings' spans refer to
};

void check_functions(const recvbench_engine_plugin& plugin) {
  const std::pair<bool, const char*> functions[] = {
      {plugin.create != nullptr, "create"},     {plugin.start != nullptr, "start"},
      {plugin.add != nullptr, "add"},           {plugin.stop != nullptr, "stop"},
      {plugin.counters != nullptr, "counters"}, {plugin.destroy != nullptr, "destroy"}};
  for (const auto& [there, name] : functions)
    if (!there) refuse(std::string("its function ") + name + " is missing");
}

// The plug-in's table as ours: what it has of it, and the rest empty.
recvbench_engine_plugin read_table(const recvbench_engine_plugin* plugin) {
  if (plugin == nullptr) refuse("it serves no host of plug-in ABI " + std::to_string(RECVBENCH_PLUGIN_ABI));
  if (plugin->abi != RECVBENCH_PLUGIN_ABI)
    refuse("it was built for plug-in ABI " + std::to_string(plugin->abi) + ", this recvbench has " +
           std::to_string(RECVBENCH_PLUGIN_ABI));
  if (plugin->size < first_table_bytes)
    refuse("its table has " + std::to_string(plugin->size) + " bytes, ABI " +
           std::to_string(RECVBENCH_PLUGIN_ABI) + " has " + std::to_string(first_table_bytes));
  recvbench_engine_plugin table{};
  std::memcpy(&table, plugin, std::min<std::size_t>(plugin->size, sizeof table));
  return table;
}

void check(const recvbench_engine_plugin& plugin) {
  constexpr std::uint32_t known = RECVBENCH_HAS_THREADS | RECVBENCH_HAS_BUFFER |
                                  RECVBENCH_HAS_RECEIVES_IN_FLIGHT | RECVBENCH_NEEDS_REGISTERED_IO |
                                  RECVBENCH_RECEIVES_DATAGRAMS;
  if ((plugin.flags & ~known) != 0) refuse("it asks for flags that this recvbench does not know");
  if (plugin.name == nullptr || !is_name(plugin.name))
    refuse("its name is none of letters, digits and '-', at most 32");
  check_text(plugin.api, "api");
  check_text(plugin.summary, "summary");
  check_functions(plugin);
}

std::vector<Setting> all_settings(const recvbench_engine_plugin& plugin, const DeclaredSettings& declared) {
  std::vector<Setting> settings;
  if ((plugin.flags & RECVBENCH_HAS_THREADS) != 0) settings.push_back(threads_setting);
  if ((plugin.flags & RECVBENCH_HAS_BUFFER) != 0) settings.push_back(buffer_setting);
  if ((plugin.flags & RECVBENCH_HAS_RECEIVES_IN_FLIGHT) != 0) settings.push_back(receives_in_flight_setting);
  settings.push_back(socket_buffer_setting);
  settings.insert(settings.end(), declared.all().begin(), declared.all().end());
  return settings;
}

}  // namespace

EngineDescriptor describe_plugin(const recvbench_engine_plugin* exported) {
  const recvbench_engine_plugin plugin = read_table(exported);
  check(plugin);
  const auto declared = std::make_shared<const DeclaredSettings>(plugin);
  const auto availability = [plugin, declared](const EngineSettings& settings) {
    const PluginSettings passed(settings, plugin.flags, declared->all());
    const char* reason = plugin.unavailable != nullptr ? plugin.unavailable(passed.get()) : nullptr;
    return reason == nullptr ? Availability{} : Availability{false, reason, false};
  };

  EngineDescriptor engine;
  engine.name = plugin.name;
  engine.api = plugin.api;
  engine.platform = platform_name();
  engine.summary = plugin.summary;
  engine.protocols = {"tcp"};
  if ((plugin.flags & RECVBENCH_RECEIVES_DATAGRAMS) != 0) engine.protocols.push_back("udp");
  engine.settings = all_settings(plugin, *declared);
  engine.needs_registered_io = (plugin.flags & RECVBENCH_NEEDS_REGISTERED_IO) != 0;
  engine.max_connections = [plugin,
                            declared](const EngineSettings& settings) -> std::optional<std::uint64_t> {
    if (plugin.max_connections == nullptr) return std::nullopt;
    return plugin.max_connections(PluginSettings(settings, plugin.flags, declared->all()).get());
  };
  engine.probe = [availability] { return availability(EngineSettings{}); };
  engine.check = availability;
  engine.create = [plugin, declared](const EngineSettings& settings) {
    return make_plugin_engine(plugin, PluginSettings(settings, plugin.flags, declared->all()), settings.cpus);
  };
  return engine;
}

EngineDescriptor load_engine(const std::filesystem::path& library) {
  const SharedLibrary loaded(library);
  auto* exported = loaded.function<recvbench_engine_function>(export_name);
  if (exported == nullptr) refuse(std::string("it exports no ") + export_name + " (engines/plugin.h)");
  return describe_plugin(exported(RECVBENCH_PLUGIN_ABI));
}

}  // namespace recvbench
