// The system by uname, sysconf and /proc.
#include "platform/system_info.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>

namespace recvbench {
namespace {

std::string cpu_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t value = line.find_first_not_of(" \t", line.find(':') + 1);
    if (value != std::string::npos) return line.substr(value);
  }
  return {};  // Arm kernels give no name
}

}  // namespace

SystemInfo system_info() {
  SystemInfo info;
  utsname name{};
  uname(&name);  // fails on a bad pointer only
  info.os = std::string(name.sysname) + " " + name.release;
  info.architecture = name.machine;
  info.cpu_model = cpu_model();
  info.logical_cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  info.memory_bytes =
      static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  info.platform = platform_name();
  return info;
}

const char* platform_name() noexcept {
  return "linux";
}

bool running_under_wine() noexcept {
  return false;
}

std::uint64_t raise_open_file_limit() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  rlimit raised = limit;
  raised.rlim_cur = raised.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  return limit.rlim_cur == RLIM_INFINITY ? 0 : limit.rlim_cur;
}

}  // namespace recvbench
