// WSARecvMsg: the function, and what its control data say. For those who call it with an OVERLAPPED; without
// one it is MessageReceiver.
#pragma once

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>

#include "platform/address.h"
#include "platform/socket.h"

namespace recvbench {

// Of the socket's provider, as an extension function has to be asked for: it is not exported. Throws
// std::system_error where there is none, which is so for a stream's socket.
LPFN_WSARECVMSG find_wsarecvmsg(const Socket& socket);

// The address of this machine that the datagram was sent to, without a port; empty where the control data do
// not say it.
Address destination_of(const WSAMSG& message);

}  // namespace recvbench
