// What can be set of the RIO engine beside threads, buffer and receives in flight. The first choice is the
// default.
#pragma once

#include <algorithm>
#include <string_view>

#include "engines/settings.h"
#include "engines/winsock/rio/abi.h"
#include "engines/winsock/rio/stream.h"

namespace recvbench {

// rio/wait.h
inline constexpr std::string_view rio_mode_names[] = {"event", "poll", "spin", "iocp"};
inline constexpr Setting rio_mode = choice_setting(
    "mode", "how completions are learned of: by an event, by polling, by polling first, at a port",
    rio_mode_names);
inline constexpr Setting rio_spin =
    number_setting("spin", "empty polls in a row before mode spin waits", 1000, 1, 1'000'000);

// rio.cpp and rio/shared_queue.h
inline constexpr std::string_view rio_queue_names[] = {"per-thread", "shared"};
inline constexpr Setting rio_queue_sharing = choice_setting(
    "queue", "a completion queue for each thread, or one under a lock (for comparison)", rio_queue_names);

// rio/stream.h
inline constexpr Setting rio_commit =
    choice_setting("commit", "how receives posted in a row are started", rio_commit_names);

// rio/slices.h
inline constexpr Setting rio_slab = number_setting(
    "slab", "connections of a completion queue whose memory is registered at the start", 1, 1, 16'384);

// The depth of a connection's request queue.
inline DWORD rio_depth(const EngineSettings& settings) {
  return static_cast<DWORD>(std::max(1, settings.receives_in_flight));
}

}  // namespace recvbench
