// An engine of a shared library behind the engine contract: plugin.h from the host's side.
#pragma once

#include <memory>

#include "engines/engine.h"

#define RECVBENCH_PLUGIN_HOST
#include "engines/plugin.h"

namespace recvbench {

// Settings as the ABI passes them. Refers to itself: stays where it is made. CPUs are not among them: the
// host pins.
class PluginSettings {
 public:
  // `declared`: the plug-in's own settings, in its order.
  PluginSettings(const EngineSettings& settings, std::span<const Setting> declared);
  PluginSettings(const PluginSettings&) = delete;
  PluginSettings& operator=(const PluginSettings&) = delete;

  const recvbench_settings* get() const { return &passed_; }

 private:
  std::vector<std::uint64_t> own_;
  recvbench_settings passed_{};
};

// `plugin` is valid as plugin_library.h checks it and outlives the engine. Throws std::system_error where the
// plug-in makes none.
std::unique_ptr<ReceiveEngine> make_plugin_engine(const recvbench_engine_plugin& plugin,
                                                  const PluginSettings& settings, std::vector<int> cpus);

}  // namespace recvbench
