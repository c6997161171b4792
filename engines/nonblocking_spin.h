// nonblocking-spin: described in its .cpp. The one engine with sockets that is the same on every system.
#pragma once

#include "engines/engine.h"

namespace recvbench {

EngineDescriptor nonblocking_spin_engine();

}  // namespace recvbench
