// The system by ntdll, the registry and kernel32.
#include "platform/system_info.h"

#include <winsock2.h>
#include <windows.h>

#include "platform/winsock/text.h"

namespace recvbench {
namespace {

template <typename Function>
Function ntdll_function(const char* name) noexcept {
  // Through void*: every function pointer type is as good as another until it is called.
  return reinterpret_cast<Function>(
      reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(L"ntdll.dll"), name)));
}

using WineVersion = const char*(CDECL*)();
WineVersion wine_version() noexcept {
  return ntdll_function<WineVersion>("wine_get_version");
}

std::string os_version() {
  // GetVersionEx answers 6.2 to a program without a manifest; RtlGetVersion does not.
  using GetVersion = LONG(WINAPI*)(OSVERSIONINFOW*);
  const auto get_version = ntdll_function<GetVersion>("RtlGetVersion");
  OSVERSIONINFOW version{};
  version.dwOSVersionInfoSize = sizeof version;
  if (!get_version || get_version(&version) != 0) return "Windows";
  return "Windows " + std::to_string(version.dwMajorVersion) + "." + std::to_string(version.dwMinorVersion) +
         "." + std::to_string(version.dwBuildNumber);
}

std::string cpu_model() {
  wchar_t text[256] = {};
  DWORD size = sizeof text - sizeof text[0];
  if (RegGetValueW(HKEY_LOCAL_MACHINE, L"HARDWARE\\DESCRIPTION\\System\\CentralProcessor\\0",
                   L"ProcessorNameString", RRF_RT_REG_SZ, nullptr, text, &size) != ERROR_SUCCESS) {
    return {};
  }
  std::string name = narrow(text);
  name.erase(name.find_last_not_of(' ') + 1);  // processors pad their names
  return name;
}

std::string architecture() {
  SYSTEM_INFO info;
  GetNativeSystemInfo(&info);
  switch (info.wProcessorArchitecture) {
    case PROCESSOR_ARCHITECTURE_AMD64:
      return "x86_64";
    case PROCESSOR_ARCHITECTURE_ARM64:
      return "aarch64";
    case PROCESSOR_ARCHITECTURE_INTEL:
      return "i686";
    default:
      return "architecture " + std::to_string(info.wProcessorArchitecture);
  }
}

}  // namespace

SystemInfo system_info() {
  SystemInfo info;
  info.os = os_version();
  if (const WineVersion version = wine_version()) info.wine_version = version();
  info.cpu_model = cpu_model();
  info.logical_cpus = static_cast<int>(GetActiveProcessorCount(ALL_PROCESSOR_GROUPS));
  MEMORYSTATUSEX memory{};
  memory.dwLength = sizeof memory;
  if (GlobalMemoryStatusEx(&memory)) info.memory_bytes = memory.ullTotalPhys;
  info.architecture = architecture();
  info.platform = platform_name();
  return info;
}

const char* platform_name() noexcept {
  return "windows";
}

bool running_under_wine() noexcept {
  static const bool wine = wine_version() != nullptr;
  return wine;
}

// Sockets are handles, of which a process may have 16 million: memory ends first.
std::uint64_t raise_open_file_limit() noexcept {
  return 0;
}

}  // namespace recvbench
