// The engines of this folder, each defined in the file of its name.
#pragma once

#include "engines/engine.h"

namespace recvbench {

EngineDescriptor blocking_engine();
EngineDescriptor select_engine();
EngineDescriptor poll_engine();
EngineDescriptor epoll_engine();

}  // namespace recvbench
