// RIO without RIO: an in-process stand-in over overlapped WSARecv and WSASend, so that the RIO engine's own
// code is exercised where the system has no RIO (Wine). It keeps the documented rules of the function table;
// it has none of RIO's speed, and a run on it is labelled "emulated" and never ranked.
//
// What it does not do: the address, control and flags arguments of RIOSendEx, sends without a buffer, and one
// request queue with different completion queues for receives and sends. Each fails with WSAEOPNOTSUPP. The
// local address of RIOReceiveEx is the one the socket is bound to: a wildcard stays one. A request that was
// deferred and not committed when its socket was closed completes only when its queue is committed after all.
//
// Sockets need WSA_FLAG_OVERLAPPED and must not be bound to a completion port of the caller's. A thread stays
// until what it has posted has been dequeued: under Wine 8 the heap was found corrupted about once in ten
// runs when threads ended and began, and never in 180 since they stay; why is not known.
#pragma once

#include "engines/winsock/rio/provider.h"

namespace recvbench {

// remark = "emulated". Never fails; what an emulated queue needs is asked for when the queue is created.
RioProvider emulated_rio();

}  // namespace recvbench
