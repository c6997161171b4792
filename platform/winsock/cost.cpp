// Process cost by Win32. Windows does not tell a process its context switches without tracing.
#include "platform/cost.h"

#include <windows.h>
#include <psapi.h>
#include <tlhelp32.h>

#include "platform/system_info.h"

namespace recvbench {
namespace {

std::uint64_t in_ns(const FILETIME& time) {
  return ((std::uint64_t{time.dwHighDateTime} << 32) | time.dwLowDateTime) * 100;
}

}  // namespace

ProcessCost process_cost() {
  ProcessCost cost;
  FILETIME created;
  FILETIME exited;
  FILETIME kernel;
  FILETIME user;
  if (GetProcessTimes(GetCurrentProcess(), &created, &exited, &kernel, &user)) {
    cost.user_ns = in_ns(user);
    cost.kernel_ns = in_ns(kernel);
  }
  PROCESS_MEMORY_COUNTERS memory{};
  // kernel32's own name for it: no psapi.dll.
  if (K32GetProcessMemoryInfo(GetCurrentProcess(), &memory, sizeof memory)) {
    cost.resident_bytes = memory.WorkingSetSize;
    cost.peak_resident_bytes = memory.PeakWorkingSetSize;
    // No process with a handle is without it: Wine answers 0.
    if (memory.QuotaNonPagedPoolUsage > 0) cost.nonpaged_pool_bytes = memory.QuotaNonPagedPoolUsage;
  }
  return cost;
}

std::uint64_t cpu_time_step_ns() noexcept {
  return running_under_wine() ? 10'000'000 : 15'625'000;
}

// Windows charges whole ticks to whoever runs when one falls due: 2 s are 128 samples. Wine passes on what
// Linux accounts exactly, cut to 10 ms in user and in kernel time: 0.5 s are 50 steps, an error of about 1 %,
// 4 % at most.
std::uint64_t least_cpu_time_ns() noexcept {
  return running_under_wine() ? 500'000'000 : 2'000'000'000;
}

std::optional<std::uint64_t> open_handle_count() {
  DWORD count = 0;
  // No process is without a handle: Wine answers 0.
  if (!GetProcessHandleCount(GetCurrentProcess(), &count) || count == 0) return {};
  return count;
}

std::optional<std::uint64_t> thread_count() {
  const HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);  // of the whole system, always
  if (snapshot == INVALID_HANDLE_VALUE) return {};
  std::uint64_t count = 0;
  THREADENTRY32 entry{};
  entry.dwSize = sizeof entry;
  for (BOOL more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry)) {
    if (entry.th32OwnerProcessID == GetCurrentProcessId()) ++count;
  }
  CloseHandle(snapshot);
  if (count == 0) return {};
  return count;
}

}  // namespace recvbench
