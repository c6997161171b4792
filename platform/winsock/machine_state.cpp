// The machine's state by Win32. Libraries that are not on every Windows are bound at run time.
#include "platform/machine_state.h"

#include <winsock2.h>
#include <windows.h>
#include <iphlpapi.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "platform/system_info.h"
#include "platform/winsock/text.h"

namespace recvbench {
namespace {

// A library of the system's own folder; nullptr where there is none.
HMODULE system_library(const wchar_t* name) noexcept {
  return LoadLibraryExW(name, nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
}

template <typename Function>
Function function_of(HMODULE library, const char* name) noexcept {
  return library ? reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(library, name)))
                 : nullptr;
}

std::string registry_text(const wchar_t* key, const wchar_t* value) {
  wchar_t text[256] = {};
  DWORD size = sizeof text - sizeof text[0];
  if (RegGetValueW(HKEY_LOCAL_MACHINE, key, value, RRF_RT_REG_SZ, nullptr, text, &size) != ERROR_SUCCESS)
    return {};
  return narrow(text);
}

std::optional<DWORD> registry_number(const wchar_t* key, const wchar_t* value) {
  DWORD number = 0;
  DWORD size = sizeof number;
  if (RegGetValueW(HKEY_LOCAL_MACHINE, key, value, RRF_RT_REG_DWORD, nullptr, &number, &size) !=
      ERROR_SUCCESS)
    return std::nullopt;
  return number;
}

// The plans that Windows comes with; others are named by their GUID's own friendly name.
struct KnownPlan {
  GUID id;
  const char* name;
  bool holds_frequency;
};
constexpr KnownPlan known_plans[] = {
    {{0x381b4222, 0xf694, 0x41f0, {0x96, 0x85, 0xff, 0x5b, 0xb2, 0x60, 0xdf, 0x2e}}, "Balanced", false},
    {{0x8c5e7fda, 0xe8bf, 0x4a96, {0x9a, 0x85, 0xa6, 0xe2, 0x3a, 0x8c, 0x63, 0x5c}},
     "High performance",
     true},
    {{0xa1841308, 0x3541, 0x4fab, {0xbc, 0x81, 0xf7, 0x15, 0x56, 0xf2, 0x0b, 0x4a}}, "Power saver", false},
    {{0xe9a42b02, 0xd5df, 0x448d, {0xaa, 0x00, 0x03, 0xf1, 0x47, 0x49, 0xeb, 0x61}},
     "Ultimate Performance",
     true},
};

void read_power_plan(MachineState& state) {
  using GetActiveScheme = DWORD(WINAPI*)(HKEY, GUID**);
  const auto get_active =
      function_of<GetActiveScheme>(system_library(L"powrprof.dll"), "PowerGetActiveScheme");
  GUID* active = nullptr;
  // Wine 8 answers ERROR_CALL_NOT_IMPLEMENTED.
  if (!get_active || get_active(nullptr, &active) != ERROR_SUCCESS || !active) return;
  const GUID plan = *active;
  LocalFree(active);
  const auto known =
      std::find_if(std::begin(known_plans), std::end(known_plans),
                   [&](const KnownPlan& entry) { return std::memcmp(&entry.id, &plan, sizeof plan) == 0; });
  state.power_plan = known == std::end(known_plans) ? "a plan of this machine's own" : known->name;
  state.holds_frequency = known != std::end(known_plans) && known->holds_frequency;
}

std::string hardware() {
  constexpr const wchar_t* key = L"HARDWARE\\DESCRIPTION\\System\\BIOS";
  const std::string maker = registry_text(key, L"SystemManufacturer");
  const std::string product = registry_text(key, L"SystemProductName");
  return maker.empty() || product.empty() ? maker + product : maker + " " + product;
}

// Security Center where there is one (not on Windows Server), else Defender's own settings. What neither
// tells of stays untold.
std::optional<bool> antivirus() {
  if (running_under_wine()) return std::nullopt;  // it would be the host's, which cannot be seen from here
  using GetHealth = HRESULT(WINAPI*)(DWORD, int*);
  constexpr DWORD antivirus_provider = 4;  // WSC_SECURITY_PROVIDER_ANTIVIRUS
  constexpr int good = 0;                  // WSC_SECURITY_PROVIDER_HEALTH_GOOD
  const auto get_health =
      function_of<GetHealth>(system_library(L"wscapi.dll"), "WSCGetSecurityProviderHealth");
  int health = -1;
  // Good = one is on and up to date. Anything else may be one that is on and out of date: Defender is asked.
  if (get_health && get_health(antivirus_provider, &health) == S_OK && health == good) return true;
  const auto disabled = registry_number(L"SOFTWARE\\Microsoft\\Windows Defender\\Real-Time Protection",
                                        L"DisableRealtimeMonitoring");
  if (disabled) return *disabled == 0;
  return std::nullopt;
}

// IPv4's, as the table counts them.
std::optional<std::uint64_t> time_wait_sockets() {
  using GetTable = ULONG(WINAPI*)(PMIB_TCPTABLE, PULONG, BOOL);
  const auto get_table = function_of<GetTable>(system_library(L"iphlpapi.dll"), "GetTcpTable");
  if (!get_table) return std::nullopt;
  std::vector<DWORD> memory(4096);
  for (int attempt = 0; attempt < 4; ++attempt) {  // the table may grow between two calls
    auto size = static_cast<ULONG>(memory.size() * sizeof memory[0]);
    auto* table = reinterpret_cast<PMIB_TCPTABLE>(memory.data());
    const ULONG result = get_table(table, &size, FALSE);
    if (result == NO_ERROR)
      return static_cast<std::uint64_t>(
          std::count_if(table->table, table->table + table->dwNumEntries,
                        [](const MIB_TCPROW& row) { return row.dwState == MIB_TCP_STATE_TIME_WAIT; }));
    if (result != ERROR_INSUFFICIENT_BUFFER) return std::nullopt;
    memory.resize(size / sizeof memory[0] + 1024);
  }
  return std::nullopt;
}

std::optional<bool> shared_cores() {
  DWORD size = 0;
  GetLogicalProcessorInformationEx(RelationProcessorCore, nullptr, &size);
  std::vector<std::byte> memory(size);
  auto* first = reinterpret_cast<SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(memory.data());
  if (size == 0 || !GetLogicalProcessorInformationEx(RelationProcessorCore, first, &size))
    return std::nullopt;
  for (DWORD offset = 0; offset < size;) {
    const auto* core =
        reinterpret_cast<const SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX*>(memory.data() + offset);
    if (core->Processor.Flags & LTP_PC_SMT) return true;
    offset += core->Size;
  }
  return false;
}

std::uint64_t ticks(const FILETIME& time) noexcept {
  return (std::uint64_t{time.dwHighDateTime} << 32) | time.dwLowDateTime;
}

}  // namespace

MachineState machine_state() {
  MachineState state;
  read_power_plan(state);
  state.hypervisor = hypervisor_signature();
  state.hardware = hardware();
  state.antivirus = antivirus();
  state.time_wait_sockets = time_wait_sockets();
  state.shared_cores = shared_cores();
  // Windows tells the range of ephemeral ports by netsh and WMI alone, has no bound on SO_RCVBUF and no limit
  // on handles that a benchmark would reach.
  return state;
}

std::optional<CpuTimes> cpu_times() {
  FILETIME idle;
  FILETIME kernel;  // idle time included
  FILETIME user;
  if (!GetSystemTimes(&idle, &kernel, &user)) return std::nullopt;
  return CpuTimes{ticks(idle), ticks(kernel) + ticks(user)};
}

}  // namespace recvbench
