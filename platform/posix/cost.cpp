// Process cost by getrusage and /proc/self.
#include "platform/cost.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace recvbench {
namespace {

std::uint64_t in_ns(const timeval& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(time.tv_usec) * 1000;
}

std::uint64_t entries_of(const char* directory) {
  std::uint64_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory)) ++count;
  return count;
}

}  // namespace

ProcessCost process_cost() {
  ProcessCost cost;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);  // fails on a bad argument only
  cost.user_ns = in_ns(usage.ru_utime);
  cost.kernel_ns = in_ns(usage.ru_stime);
  cost.voluntary_switches = static_cast<std::uint64_t>(usage.ru_nvcsw);
  cost.involuntary_switches = static_cast<std::uint64_t>(usage.ru_nivcsw);
  cost.peak_resident_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  std::uint64_t total_pages = 0;
  std::uint64_t resident_pages = 0;
  if (std::ifstream("/proc/self/statm") >> total_pages >> resident_pages) {
    cost.resident_bytes = resident_pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  }
  return cost;
}

std::optional<std::uint64_t> wineserver_cpu_ns() {
  return {};
}

// The kernel accounts in scheduler time and hands out microseconds.
std::uint64_t cpu_time_step_ns() noexcept {
  return 1000;
}

// A thousand steps.
std::uint64_t least_cpu_time_ns() noexcept {
  return 1'000'000;
}

std::optional<std::uint64_t> open_handle_count() {
  return entries_of("/proc/self/fd") - 1;  // less the one that reads the directory
}

std::optional<std::uint64_t> thread_count() {
  return entries_of("/proc/self/task");
}

}  // namespace recvbench
