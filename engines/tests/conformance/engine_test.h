// The fixture of the cases that run over every engine with sockets: skips, with the probe's reason, where it
// cannot run.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "engines/catalog.h"
#include "engines/tests/conformance/rig.h"
#include "engines/tests/conformance/watchdog.h"
#include "platform/socket.h"

namespace recvbench {

// One engine with the settings to run it with.
struct EngineCase {
  const EngineDescriptor* engine = nullptr;
  EngineSettings settings;
  std::string name;  // letters, digits and '_', as GoogleTest wants
};
inline std::ostream& operator<<(std::ostream& out, const EngineCase& one) {
  return out << one.name;
}

// Every engine with sockets, with two threads and two receives in flight where it has them.
std::vector<EngineCase> socket_engines();
// The same over threads 1 and 2, receives in flight 1 and 4, buffers of 512 bytes and 64 KiB; then over every
// setting that an engine declares, one by one and all together. Combinations that an engine refuses are left
// out.
std::vector<EngineCase> socket_engines_with_all_settings();
// Every engine with sockets that has this choice, set to it, with two threads and a buffer of 1000 bytes.
std::vector<EngineCase> socket_engines_that_can(std::string_view setting, std::string_view choice);

// The same as socket_engines(), once for each choice but the default of a setting that makes another
// mechanism of the engine (mode, setup, contexts, queue, trigger), and so another engine for the suite's
// purposes.
std::vector<EngineCase> socket_engines_with_each_mechanism();

// Every engine without (null), with two threads.
std::vector<EngineCase> synthetic_engines();

class EngineTest : public ::testing::TestWithParam<EngineCase> {
 protected:
  void SetUp() override;
  void TearDown() override { watchdog_.reset(); }

  const EngineDescriptor& engine() const { return *GetParam().engine; }
  const EngineSettings& settings() const { return GetParam().settings; }

 private:
  NetworkSession session_;
  std::optional<Watchdog> watchdog_;
};

inline std::string print_case(const ::testing::TestParamInfo<EngineCase>& info) {
  return info.param.name;
}

}  // namespace recvbench
