// Asks ntdll.dll for the functions.
#include "engines/winsock/afd/functions.h"

#include <string>

#include "platform/error.h"

namespace recvbench {
namespace {

template <class Function>
void ask_system(Function& function, const char* name) {
  // Loaded already: it is in every process.
  const HMODULE native = GetModuleHandleW(L"ntdll.dll");
  if (native == nullptr) throw_error(last_system_error(), "GetModuleHandle", "ntdll.dll");
  function = reinterpret_cast<Function>(reinterpret_cast<void*>(GetProcAddress(native, name)));
  if (function == nullptr) {
    throw_error(last_system_error(), "GetProcAddress", std::string(name) + " in ntdll.dll");
  }
}

}  // namespace

AfdFunctions system_afd_functions() {
  AfdFunctions functions;
  ask_system(functions.create_file, "NtCreateFile");
  ask_system(functions.device_io_control, "NtDeviceIoControlFile");
  ask_system(functions.cancel_io, "NtCancelIoFileEx");
  ask_system(functions.status_to_error, "RtlNtStatusToDosError");
  return functions;
}

}  // namespace recvbench
