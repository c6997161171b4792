// The emulated function: arguments checked as documented, registrations handed to the table of watched
// sockets, packets taken off the port.
#include "engines/winsock/notifications/emulation.h"

#include <exception>

#include "engines/winsock/notifications/emulated_registrations.h"

namespace recvbench {
namespace {

// The function carries no context, so the registrations are the process's, as the system's own are.
EmulatedNotifications& notifications() {
  static EmulatedNotifications all;
  return all;
}

bool is_valid_call(HANDLE port, std::uint32_t registration_count, const notify::Registration* registrations,
                   std::uint32_t timeout_ms, ULONG completion_count, const OVERLAPPED_ENTRY* completions,
                   const std::uint32_t* received_count) {
  if (port == nullptr || port == INVALID_HANDLE_VALUE) return false;
  if ((registration_count == 0) != (registrations == nullptr)) return false;
  if (completion_count == 0) {
    return timeout_ms == 0 && completions == nullptr && received_count == nullptr;
  }
  return completions != nullptr && received_count != nullptr;
}

DWORD WSAAPI process(HANDLE port, std::uint32_t registration_count, notify::Registration* registrations,
                     std::uint32_t timeout_ms, ULONG completion_count, OVERLAPPED_ENTRY* completions,
                     std::uint32_t* received_count) {
  if (!is_valid_call(port, registration_count, registrations, timeout_ms, completion_count, completions,
                     received_count)) {
    return WSAEINVAL;
  }
  try {
    for (std::uint32_t i = 0; i < registration_count; ++i) {
      registrations[i].registration_result = notifications().apply(port, registrations[i]);
    }
    if (completion_count == 0) return ERROR_SUCCESS;
    notifications().look_again(port);
  } catch (const std::exception&) {
    return WSAENOBUFS;
  }
  ULONG count = 0;
  constexpr BOOL alertable = FALSE;
  const BOOL taken =
      GetQueuedCompletionStatusEx(port, completions, completion_count, &count, timeout_ms, alertable);
  const DWORD error = taken ? ERROR_SUCCESS : GetLastError();
  *received_count = taken ? count : 0;
  for (std::uint32_t i = 0; i < *received_count; ++i) notifications().deliver(completions[i]);
  return error;
}

}  // namespace

SocketNotificationsProvider emulated_socket_notifications() {
  return {process, true, "emulated"};
}

}  // namespace recvbench
