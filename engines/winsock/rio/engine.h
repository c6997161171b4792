// The RIO engine on a provider of the caller's choice: the system's, the emulation, or one with faults.
#pragma once

#include <functional>
#include <memory>

#include "engines/engine.h"
#include "engines/winsock/rio/provider.h"

namespace recvbench {

// Asked at every start(), once for each completion queue; what it throws, start() throws.
using RioSource = std::function<RioProvider()>;

// settings.receives_in_flight is the depth of each connection's request queue.
std::unique_ptr<ReceiveEngine> make_rio_engine(const EngineSettings& settings, RioSource source);

// The catalog's entry: on best_rio().
EngineDescriptor rio_engine();

}  // namespace recvbench
