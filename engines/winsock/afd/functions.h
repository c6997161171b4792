// Where the functions that poll through \Device\Afd come from. The engine is handed them, so that its own
// code can be run with faults injected.
#pragma once

#include "engines/winsock/afd/abi.h"

namespace recvbench {

// A plain value. The functions stay callable for the life of the process.
struct AfdFunctions {
  afd::CreateFileFunction create_file = nullptr;             // NtCreateFile
  afd::DeviceIoControlFunction device_io_control = nullptr;  // NtDeviceIoControlFile
  afd::CancelIoFunction cancel_io = nullptr;                 // NtCancelIoFileEx
  afd::StatusToErrorFunction status_to_error = nullptr;      // RtlNtStatusToDosError
};

// ntdll.dll's own. Throws std::system_error that names the one that it does not have.
AfdFunctions system_afd_functions();

}  // namespace recvbench
