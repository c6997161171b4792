// What is known of the io_uring engine whether or not this build has liburing: its settings and its
// description. The engine itself is liburing/io_uring.cpp; without_liburing/io_uring.cpp takes its place in a
// build without the library.
#pragma once

#include <string_view>

#include "engines/engine.h"

namespace recvbench {

inline constexpr std::string_view io_uring_modes[] = {"multishot", "single"};
inline constexpr Setting io_uring_mode_setting = choice_setting(
    "mode", "one request for many receives into shared buffers, or one request for each", io_uring_modes);

inline constexpr Setting io_uring_buffers_setting = number_setting(
    "buffers", "buffers of each thread, shared by its connections (mode multishot)", 256, 1, 32768);

// In the order of RingSetup.
inline constexpr std::string_view io_uring_setups[] = {"default", "defer-taskrun", "sqpoll"};
inline constexpr Setting io_uring_setup_setting =
    choice_setting("setup", "when the kernel works: at any time, only in a wait, or in a thread of its own",
                   io_uring_setups);

// All but probe, check and create.
EngineDescriptor io_uring_description();

}  // namespace recvbench
