// Exit codes of every recvbench command; `recvbench --help` prints them.
#pragma once

namespace recvbench::exit_code {

inline constexpr int ok = 0;
inline constexpr int crash = 1;          // never returned on purpose
inline constexpr int usage = 2;          // bad option, config key, selection or directory; one line says which
inline constexpr int regression = 10;    // gate: a cell got worse
inline constexpr int inconclusive = 11;  // gate: neither worse nor shown to be no worse
inline constexpr int no_baseline = 12;   // gate: nothing comparable
inline constexpr int invalid = 13;       // a cell has no valid measurement, or results could not be written
inline constexpr int interrupted = 130;  // Ctrl-C: what was finished is on disk

inline constexpr const char* help =
    "Exit codes: 0 ok; 2 usage error; 10 regression; 11 inconclusive; 12 no comparable baseline;\n"
    "13 invalid measurement; 130 interrupted.";

}  // namespace recvbench::exit_code
