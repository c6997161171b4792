// Probing by doing: an engine can run here where what it needs can be had.
#pragma once

#include <system_error>

#include "engines/engine.h"

namespace recvbench {

// `attempt` makes, and drops, what the engine stands on; a std::system_error out of it is the reason why not.
template <class Attempt>
Availability available_if(Attempt attempt) {
  try {
    const NetworkSession session;
    attempt();
    return {};
  } catch (const std::system_error& error) {
    return {false, error.what(), false};
  }
}

}  // namespace recvbench
