// Exit codes of every recvbench command; `recvbench --help` prints them.
#pragma once

namespace recvbench::exit_code {

inline constexpr int ok = 0;
inline constexpr int crash = 1;     // never returned on purpose
inline constexpr int usage = 2;     // bad option, config key, selection or directory; one line says which
inline constexpr int invalid = 13;  // a cell has no valid measurement, or results could not be written
inline constexpr int interrupted = 130;  // Ctrl-C: what was finished is on disk

inline constexpr const char* help =
    "Exit codes: 0 ok; 2 usage error; 13 invalid measurement; 130 interrupted.";

}  // namespace recvbench::exit_code
