// What this process has cost so far. Two samples are subtracted to give a run's cost.
#pragma once

#include <cstdint>
#include <optional>

namespace recvbench {

// Empty = the system does not tell (Wine answers zeros for some; those are empty here).
struct ProcessCost {
  std::uint64_t user_ns = 0;    // Windows steps by 15.6 ms, Wine by 10 ms
  std::uint64_t kernel_ns = 0;  // Wine: without the wineserver's share
  std::optional<std::uint64_t> voluntary_switches;
  std::optional<std::uint64_t> involuntary_switches;
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> peak_resident_bytes;
  std::optional<std::uint64_t> nonpaged_pool_bytes;  // Windows
};
ProcessCost process_cost();

// Wine: CPU time so far of the server that does a part of what this process asks of the system, in steps of
// 10 ms; all of it, whomever it served. Empty on any other system, and where it is not found.
std::optional<std::uint64_t> wineserver_cpu_ns();

// Step of the CPU figures in ns.
std::uint64_t cpu_time_step_ns() noexcept;

// Least difference of two CPU figures, in ns, that is a measurement rather than the clock's own error.
std::uint64_t least_cpu_time_ns() noexcept;

// Open handles or descriptors and threads of this process, for leak checks; empty where the system does not
// tell.
std::optional<std::uint64_t> open_handle_count();
std::optional<std::uint64_t> thread_count();

}  // namespace recvbench
