// An engine of a shared library behind the engine contract: plugin.h from the host's side.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <system_error>
#include <vector>

#include "engines/engine.h"
#include "platform/thread.h"

#define RECVBENCH_PLUGIN_HOST
#include "engines/plugin.h"

namespace recvbench {

// Settings as the ABI passes them. Refers to itself: stays where it is made. CPUs are not among them: the
// host pins.
class PluginSettings {
 public:
  // `flags`: which common settings the plug-in has (RECVBENCH_HAS_*); of the others it is told the defaults.
  // `declared`: its own settings, in its order.
  PluginSettings(const EngineSettings& settings, std::uint32_t flags, std::span<const Setting> declared);
  PluginSettings(const PluginSettings&) = delete;
  PluginSettings& operator=(const PluginSettings&) = delete;

  const recvbench_settings* get() const { return &passed_; }

 private:
  std::vector<std::uint64_t> own_;
  recvbench_settings passed_{};
};

// pin_current_thread, or what a test puts in its place.
using PinThread = std::error_code (*)(int cpu) noexcept;

// `plugin` is valid as plugin_library.h checks it; what it points to outlives the engine. Throws
// std::system_error where the plug-in makes none.
std::unique_ptr<ReceiveEngine> make_plugin_engine(const recvbench_engine_plugin& plugin,
                                                  const PluginSettings& settings, std::vector<int> cpus,
                                                  PinThread pin = &pin_current_thread);

}  // namespace recvbench
