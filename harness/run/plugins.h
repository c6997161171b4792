// Engines that --engine names by the path of a shared library.
#pragma once

#include <string_view>
#include <vector>

#include "engines/engine.h"
#include "harness/plan/engine_spec.h"

namespace recvbench {

// "./my_engine.so", "C:\\engines\\mine.dll", "MINE.DLL": has a folder in it or ends like a library. A name or
// glob of the catalog never does.
bool is_library_path(std::string_view pattern);

// The catalog, and after it the engine of every library that a spec names, loaded; those specs then name the
// engine in place of the library. Throws UsageError naming the library and what is wrong with it, or the name
// that is taken.
std::vector<EngineDescriptor> load_plugins(std::vector<EngineSpec>& specs);

}  // namespace recvbench
