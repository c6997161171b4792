// Asks ws2_32.dll for the function.
#include "engines/winsock/notifications/provider.h"

#include "engines/winsock/notifications/emulation.h"
#include "platform/error.h"

namespace recvbench {
namespace {

// Null where it is not exported.
notify::ProcessSocketNotifications ask_system() {
  // Loaded already: this program is linked to it.
  const HMODULE winsock = GetModuleHandleW(L"ws2_32.dll");
  if (winsock == nullptr) return nullptr;
  return reinterpret_cast<notify::ProcessSocketNotifications>(
      reinterpret_cast<void*>(GetProcAddress(winsock, "ProcessSocketNotifications")));
}

}  // namespace

SocketNotificationsProvider system_socket_notifications() {
  SocketNotificationsProvider provider;
  provider.process = ask_system();
  if (provider.process == nullptr) {
    throw_error(last_system_error(), "GetProcAddress", "ProcessSocketNotifications in ws2_32.dll");
  }
  return provider;
}

SocketNotificationsProvider best_socket_notifications() {
  SocketNotificationsProvider provider;
  provider.process = ask_system();
  if (provider.process == nullptr) {
    provider = emulated_socket_notifications();
    provider.remark = "emulated: ProcessSocketNotifications not available (GetProcAddress: " +
                      socket_error_name(static_cast<int>(GetLastError())) + ")";
  }
  return provider;
}

}  // namespace recvbench
