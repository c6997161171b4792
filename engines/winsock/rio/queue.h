// One completion queue as the settings have it, with what it signals and with the connections on it. A thread
// has one of its own (rio.cpp), or all threads share one (rio/shared_queue.cpp).
#pragma once

#include <memory>

#include "engines/settings.h"
#include "engines/winsock/rio/provider.h"
#include "engines/winsock/rio/stream.h"
#include "engines/winsock/rio/streams.h"
#include "engines/winsock/rio/wait.h"

namespace recvbench {

struct RioQueue {
  // Throws std::system_error where something of it cannot be had.
  RioQueue(const EngineSettings& settings, const RioProvider& provider);

  const rio::FunctionTable rio;
  const RioCommit& commit;
  const std::unique_ptr<RioSignal> signal;
  RioStreams streams;
};

}  // namespace recvbench
