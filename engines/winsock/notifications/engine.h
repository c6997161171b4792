// The engine of socket state notifications on a provider of the caller's choice: the system's, the emulation,
// or one with faults.
#pragma once

#include <functional>
#include <memory>

#include "engines/engine.h"
#include "engines/winsock/notifications/provider.h"

namespace recvbench {

// Asked at every start(); what it throws, start() throws.
using SocketNotificationsSource = std::function<SocketNotificationsProvider()>;

std::unique_ptr<ReceiveEngine> make_socket_notifications_engine(const EngineSettings& settings,
                                                                SocketNotificationsSource source);

// The catalog's entry: on best_socket_notifications(). `trigger` is its setting of that name.
EngineDescriptor socket_notifications_engine();

}  // namespace recvbench
