// Where ProcessSocketNotifications comes from: the system, or an emulation where the system has none. The
// engine is handed a provider, so that its own code runs everywhere, and with faults injected.
#pragma once

#include <string>

#include "engines/winsock/notifications/abi.h"

namespace recvbench {

// A plain value. The function stays callable for the life of the process.
struct SocketNotificationsProvider {
  notify::ProcessSocketNotifications process = nullptr;
  bool emulated = false;
  std::string remark;  // why it is emulated; empty where it is not
};

// The system's own function. Throws std::system_error that names the call where ws2_32.dll has none: Windows
// before build 20348 (Windows 11, Server 2022), Wine.
SocketNotificationsProvider system_socket_notifications();

// system_socket_notifications() where there is one, else emulated_socket_notifications()
// (notifications/emulation.h) with the reason as its remark.
SocketNotificationsProvider best_socket_notifications();

}  // namespace recvbench
