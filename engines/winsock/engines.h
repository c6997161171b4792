// The engines of this folder on the documented Winsock calls, each defined in the file of its name.
#pragma once

#include "engines/engine.h"

namespace recvbench {

EngineDescriptor blocking_engine();
EngineDescriptor select_engine();
EngineDescriptor wsapoll_engine();
EngineDescriptor event_select_engine();
EngineDescriptor async_select_engine();
EngineDescriptor overlapped_event_engine();
EngineDescriptor completion_routine_engine();
EngineDescriptor iocp_engine();
EngineDescriptor threadpool_io_engine();

}  // namespace recvbench
