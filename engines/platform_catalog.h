// The seam between the common catalog and each platform's list of engines (winsock/catalog.cpp,
// posix/catalog.cpp).
#pragma once

#include <span>

#include "engines/engine.h"

namespace recvbench {

// The engines that are built on this platform, in the order they are listed, without null. Lives as long as
// the program.
std::span<const EngineDescriptor> platform_engines();

}  // namespace recvbench
