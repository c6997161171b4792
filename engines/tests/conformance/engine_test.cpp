// Which engines the suite runs over, and with which settings.
#include "engines/tests/conformance/engine_test.h"

#include <algorithm>
#include <chrono>

namespace recvbench {
namespace {

// "overlapped-event" -> "overlapped_event".
std::string printable(std::string_view engine) {
  std::string name(engine);
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
  for (const EngineDescriptor& engine : engine_catalog()) {
    if (engine.synthetic == synthetic) cases.push_back(make_case(engine, 2, 2, 16 * 1024));
  }
  return cases;
}

}  // namespace

std::vector<EngineCase> socket_engines() {
  return engines_with_defaults(false);
}

std::vector<EngineCase> synthetic_engines() {
  return engines_with_defaults(true);
}

std::vector<EngineCase> socket_engines_with_all_settings() {
  std::vector<EngineCase> cases;
  for (const EngineDescriptor& engine : engine_catalog()) {
    if (engine.synthetic) continue;
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
  return cases;
}

void EngineTest::SetUp() {
  const Availability availability = engine().probe();
  if (!availability.available) GTEST_SKIP() << engine().name << " cannot run here: " << availability.reason;
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  watchdog_.emplace(std::string(info->test_suite_name()) + "." + info->name(), std::chrono::seconds(150));
}

}  // namespace recvbench
