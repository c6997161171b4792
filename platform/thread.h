// Thread name and placement.
#pragma once

#include <string>
#include <system_error>
#include <vector>

namespace recvbench {

// Names the calling thread for debuggers and profilers (Linux: the first 15 bytes). Best effort.
void set_thread_name(const std::string& name) noexcept;

// Restricts the calling thread to one logical CPU. Returns the error where the system refuses.
std::error_code pin_current_thread(int cpu) noexcept;

// Logical CPUs this process may run on, ascending.
std::vector<int> allowed_cpus();

// CPU time of the calling thread in ns (user + kernel); Windows steps by 15.6 ms, Wine by 10 ms.
std::uint64_t thread_cpu_ns() noexcept;

}  // namespace recvbench
