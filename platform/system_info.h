// The machine and system a result was measured on.
#pragma once

#include <cstdint>
#include <string>

namespace recvbench {

struct SystemInfo {
  std::string os;            // "Windows 10.0.18362", "Linux 6.1.0"
  std::string wine_version;  // "8.0", empty where not under Wine
  std::string cpu_model;
  int logical_cpus = 0;
  std::uint64_t memory_bytes = 0;
  std::string architecture;  // "x86_64"
  std::string platform;      // "windows" or "linux"
};
SystemInfo system_info();

// "windows" or "linux": the platform this binary was built for.
const char* platform_name() noexcept;
bool running_under_wine() noexcept;

// Most open files or sockets this process may have; the soft limit is raised to the hard one first. 0 = no
// limit known.
std::uint64_t raise_open_file_limit() noexcept;

}  // namespace recvbench
