// Engines out of shared libraries (plugin.h): loaded, checked, and described like those of the catalog.
#pragma once

#include <filesystem>

#include "engines/engine.h"
#include "engines/plugin_engine.h"

namespace recvbench {

// The engine that the library exports. The library stays loaded until the process ends, and the descriptor is
// good for as long. Throws std::runtime_error of one line that says what is wrong with the library: no such
// file, another platform's, no such export, another ABI, an entry that is missing or malformed.
EngineDescriptor load_engine(const std::filesystem::path& library);

// What is behind the export, for load_engine; throws as it does. The table is copied; what it points to must
// stay.
EngineDescriptor describe_plugin(const recvbench_engine_plugin* exported);

}  // namespace recvbench
