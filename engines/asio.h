// asio: described in its .cpp.
#pragma once

#include "engines/engine.h"

namespace recvbench {

EngineDescriptor asio_engine();

}  // namespace recvbench
