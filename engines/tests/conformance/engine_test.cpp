// Which engines the suite runs over, and with which settings.
#include "engines/tests/conformance/engine_test.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <set>

#include "engines/tests/conformance/tested_engines.h"

namespace recvbench {
namespace {

// "overlapped-event" -> "overlapped_event".
std::string printable(std::string_view text) {
  std::string name(text);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

EngineCase make_case(const EngineDescriptor& engine, int threads, int in_flight, std::size_t buffer_bytes) {
  EngineCase one;
  one.engine = &engine;
  one.settings.threads = threads;
  one.settings.receives_in_flight = in_flight;
  one.settings.buffer_bytes = buffer_bytes;
  one.name = printable(engine.name);
  return one;
}

std::vector<EngineCase> engines_with_defaults(bool synthetic) {
  std::vector<EngineCase> cases;
  for (const EngineDescriptor& engine : tested_engines()) {
    if (engine.synthetic == synthetic) cases.push_back(make_case(engine, 2, 2, 16 * 1024));
  }
  return cases;
}

// What most engines have, in all combinations.
void add_common_settings(std::vector<EngineCase>& cases, const EngineDescriptor& engine) {
  for (const int threads : {1, 2}) {
    if (threads > 1 && !engine.has(threads_setting)) continue;
    for (const int in_flight : {1, 4}) {
      if (in_flight > 1 && !engine.has(receives_in_flight_setting)) continue;
      for (const std::size_t buffer_bytes : {std::size_t{512}, std::size_t{64 * 1024}}) {
        EngineCase one = make_case(engine, threads, in_flight, buffer_bytes);
        one.name += "_threads" + std::to_string(threads) + "_inflight" + std::to_string(in_flight) +
                    "_buffer" + std::to_string(buffer_bytes);
        cases.push_back(one);
      }
    }
  }
}

bool is_common(const Setting& setting) {
  for (const Setting& common :
       {threads_setting, buffer_setting, receives_in_flight_setting, socket_buffer_setting}) {
    if (setting.name == common.name) return true;
  }
  return false;
}

// By name. Others may change what a receive brings (flags), which not every case of the suite allows.
bool chooses_mechanism(const Setting& setting) {
  static constexpr std::string_view names[] = {"mode", "setup", "contexts", "queue", "trigger"};
  return std::find(std::begin(names), std::end(names), setting.name) != std::end(names);
}

bool refused(const EngineCase& one) {
  return one.engine->check != nullptr && !one.engine->check(one.settings).available;
}

// Where ranges are wide the middle is one of orders of magnitude: 32 of 1 to 1024.
std::uint64_t middle(const Setting& setting) {
  const double least = static_cast<double>(std::max<std::uint64_t>(setting.least, 1));
  return static_cast<std::uint64_t>(std::sqrt(least * static_cast<double>(setting.most)));
}

// Every choice; of a number its least, a middle and its most. Without the default, and without a thousand
// threads, which take seconds under Wine and, on Linux, the descriptors that select needs.
std::vector<std::uint64_t> values_to_try(const Setting& setting) {
  std::set<std::uint64_t> values;
  if (setting.kind == Setting::Kind::choice) {
    for (std::uint64_t choice = 0; choice < setting.choices.size(); ++choice) values.insert(choice);
  } else {
    values = {setting.least, middle(setting), setting.most};
  }
  values.erase(setting.initial);
  if (setting.name == threads_setting.name) values.erase(setting.most);
  return {values.begin(), values.end()};
}

void set(EngineCase& one, const Setting& setting, std::uint64_t value) {
  one.settings.set(setting, value);
  one.name += "_" + printable(setting.name) + "_" + printable(value_text(setting, value));
}

// One by one. Twice, with one receive in flight and with several, where the engine has them and allows it.
void add_each_setting(std::vector<EngineCase>& cases, const EngineDescriptor& engine) {
  for (const Setting& setting : engine.settings) {
    for (const std::uint64_t value : values_to_try(setting)) {
      EngineCase alone = make_case(engine, 2, 1, 4096);
      set(alone, setting, value);
      cases.push_back(alone);
      if (!engine.has(receives_in_flight_setting) || is_common(setting)) continue;
      EngineCase several = make_case(engine, 2, 3, 4096);
      set(several, setting, value);
      several.name += "_inflight3";
      if (!refused(several)) cases.push_back(several);
    }
  }
}

// What the engine has of its own, all at once: from each of them on, in a circle, whatever goes together.
void add_settings_together(std::vector<EngineCase>& cases, const EngineDescriptor& engine) {
  std::vector<Setting> own;
  for (const Setting& setting : engine.settings) {
    // What is for datagrams alone goes together with nothing that is for streams alone.
    if (!is_common(setting) && !setting.datagrams_only) own.push_back(setting);
  }
  if (own.size() < 2) return;
  for (std::size_t first = 0; first < own.size(); ++first) {
    EngineCase together = make_case(engine, 2, 1, 4096);
    for (std::size_t i = 0; i < own.size(); ++i) {
      const Setting& setting = own[(first + i) % own.size()];
      EngineCase one_more = together;
      one_more.settings.set(setting, values_to_try(setting).back());
      if (!refused(one_more)) together = one_more;
    }
    together.name += "_all_from_" + printable(own[first].name);
    cases.push_back(together);
  }
}

}  // namespace

std::vector<EngineCase> socket_engines() {
  return engines_with_defaults(false);
}

std::vector<EngineCase> socket_engines_with_each_mechanism() {
  std::vector<EngineCase> cases;
  for (const EngineCase& defaults : socket_engines()) {
    for (const Setting& setting : defaults.engine->settings) {
      if (!chooses_mechanism(setting)) continue;
      for (std::size_t choice = 0; choice < setting.choices.size(); ++choice) {
        if (choice == setting.initial) continue;
        EngineCase one = defaults;
        set(one, setting, choice);
        cases.push_back(one);
      }
    }
  }
  return cases;
}

std::vector<EngineCase> synthetic_engines() {
  return engines_with_defaults(true);
}

std::vector<EngineCase> socket_engines_with_all_settings() {
  std::vector<EngineCase> cases;
  for (const EngineDescriptor& engine : tested_engines()) {
    if (engine.synthetic) continue;
    add_common_settings(cases, engine);
    add_each_setting(cases, engine);
    add_settings_together(cases, engine);
  }
  return cases;
}

std::vector<EngineCase> socket_engines_that_can(std::string_view setting, std::string_view choice) {
  std::vector<EngineCase> cases;
  for (const EngineDescriptor& engine : tested_engines()) {
    const Setting* declared = engine.synthetic ? nullptr : engine.find_setting(setting);
    if (declared == nullptr) continue;
    const auto found = std::find(declared->choices.begin(), declared->choices.end(), choice);
    if (found == declared->choices.end()) continue;
    EngineCase one = make_case(engine, 2, 1, 1000);
    one.settings.set(*declared, static_cast<std::uint64_t>(found - declared->choices.begin()));
    cases.push_back(one);
  }
  return cases;
}

void EngineTest::SetUp() {
  const Availability availability = engine().probe();
  if (!availability.available) GTEST_SKIP() << engine().name << " cannot run here: " << availability.reason;
  if (engine().check != nullptr) {
    const Availability combination = engine().check(settings());
    if (!combination.available)
      GTEST_SKIP() << engine().name << " cannot do this here: " << combination.reason;
  }
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  watchdog_.emplace(std::string(info->test_suite_name()) + "." + info->name(), std::chrono::seconds(150));
}

}  // namespace recvbench
