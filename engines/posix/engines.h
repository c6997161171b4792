// The engines of this folder, each defined in the file of its name; io_uring's in liburing/ or
// without_liburing/.
#pragma once

#include "engines/engine.h"

namespace recvbench {

EngineDescriptor blocking_engine();
EngineDescriptor select_engine();
EngineDescriptor poll_engine();
EngineDescriptor epoll_engine();
EngineDescriptor io_uring_engine();

}  // namespace recvbench
