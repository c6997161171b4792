// The engines that the suite runs over: those of the catalog or, where RECVBENCH_CONFORMANCE_PLUGIN names a
// shared library, the one in there alone.
#pragma once

#include <span>

#include "engines/engine.h"

namespace recvbench {

// Lives as long as the program. Ends the program with a line on stderr where the library is no engine's.
std::span<const EngineDescriptor> tested_engines();

}  // namespace recvbench
