// Thread name and placement by Win32. CPUs are numbered through the processor groups (at most 64 each) in
// order.
#include "platform/thread.h"

#include <windows.h>

#include "platform/error.h"

namespace recvbench {
namespace {

std::uint64_t in_ns(const FILETIME& time) noexcept {
  return ((std::uint64_t{time.dwHighDateTime} << 32) | time.dwLowDateTime) * 100;
}

}  // namespace

void set_thread_name(const std::string& name) noexcept {
  // Windows 10 1607; found at run time, since its import library differs between SDKs.
  using SetDescription = HRESULT(WINAPI*)(HANDLE, PCWSTR);
  const auto set = reinterpret_cast<SetDescription>(
      reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "SetThreadDescription")));
  if (!set) return;
  wchar_t text[64] = {};
  MultiByteToWideChar(CP_UTF8, 0, name.c_str(), -1, text, 63);
  set(GetCurrentThread(), text);
}

std::error_code pin_current_thread(int cpu) noexcept {
  if (cpu < 0) return {ERROR_INVALID_PARAMETER, socket_category()};
  auto index = static_cast<DWORD>(cpu);
  const WORD groups = GetActiveProcessorGroupCount();
  for (WORD group = 0; group < groups; ++group) {
    const DWORD size = GetActiveProcessorCount(group);
    if (index < size) {
      GROUP_AFFINITY affinity{};
      affinity.Mask = KAFFINITY{1} << index;
      affinity.Group = group;
      return SetThreadGroupAffinity(GetCurrentThread(), &affinity, nullptr) ? std::error_code{}
                                                                            : last_system_error();
    }
    index -= size;
  }
  return {ERROR_INVALID_PARAMETER, socket_category()};
}

std::vector<int> allowed_cpus() {
  std::vector<int> cpus;
  if (GetActiveProcessorGroupCount() == 1) {
    DWORD_PTR process_mask = 0;
    DWORD_PTR system_mask = 0;
    if (!GetProcessAffinityMask(GetCurrentProcess(), &process_mask, &system_mask)) {
      throw_error(last_system_error(), "GetProcessAffinityMask");
    }
    for (int cpu = 0; cpu < 64; ++cpu) {
      if ((process_mask >> cpu) & 1) cpus.push_back(cpu);
    }
    return cpus;
  }
  // With several groups a thread may be moved to any of them, and the process mask speaks of one group only.
  const auto count = static_cast<int>(GetActiveProcessorCount(ALL_PROCESSOR_GROUPS));
  for (int cpu = 0; cpu < count; ++cpu) cpus.push_back(cpu);
  return cpus;
}

std::uint64_t thread_cpu_ns() noexcept {
  FILETIME created;
  FILETIME exited;
  FILETIME kernel;
  FILETIME user;
  if (!GetThreadTimes(GetCurrentThread(), &created, &exited, &kernel, &user)) return 0;
  return in_ns(kernel) + in_ns(user);
}

}  // namespace recvbench
