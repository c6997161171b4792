// The engine that polls through \Device\Afd, on functions of the caller's choice: the system's, or some with
// faults.
#pragma once

#include <functional>
#include <memory>

#include "engines/engine.h"
#include "engines/winsock/afd/functions.h"

namespace recvbench {

// Asked at every start(); what it throws, start() throws.
using AfdSource = std::function<AfdFunctions()>;

std::unique_ptr<ReceiveEngine> make_afd_poll_engine(const EngineSettings& settings, AfdSource source);

// The catalog's entry: on system_afd_functions().
EngineDescriptor afd_poll_engine();

}  // namespace recvbench
