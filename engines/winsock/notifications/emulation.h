// Socket state notifications without them: an in-process stand-in over WSAEventSelect and WSAPoll, so that
// the engine's own code is exercised where the system has no ProcessSocketNotifications (Wine). It keeps the
// documented rules of the function; it has none of its speed (one thread looks at all registered sockets),
// and a run on it is labelled "emulated" and never ranked.
//
// Where it is weaker than what is documented:
// - Notifications must be taken by the function itself. GetQueuedCompletionStatus gets their packets as well,
//   but then nothing here learns that they were delivered.
// - An edge is also reported after a receive that leaves bytes behind (WSAEventSelect: recv re-enables
//   FD_READ). None is ever missed.
// - HANGUP may be told only once what came before it has been read (WSAEventSelect: FD_CLOSE).
// - Registering makes the socket non-blocking and takes over its WSAEventSelect.
// - closesocket deregisters, but that is noticed only when the socket's turn to be looked at comes: a
//   notification that was due in between is lost with it, and a port must not be closed before that.
// - Connecting sockets are not supported; connected and listening ones are.
#pragma once

#include "engines/winsock/notifications/provider.h"

namespace recvbench {

// remark = "emulated". Never fails; what the emulation needs is asked for at the first call of the function.
SocketNotificationsProvider emulated_socket_notifications();

}  // namespace recvbench
