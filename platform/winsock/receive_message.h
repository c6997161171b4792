// WSARecvMsg: the function, and what its control data say. For those who call it with an OVERLAPPED; without
// one it is MessageReceiver.
#pragma once

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>

#include <system_error>

#include "platform/address.h"
#include "platform/socket.h"

namespace recvbench {

// Of the socket's provider, as an extension function has to be asked for: it is not exported. Throws
// std::system_error where there is none, which is so for a stream's socket.
LPFN_WSARECVMSG find_wsarecvmsg(const Socket& socket);

// Whether a receive that ended so has cut its datagram off: filled the buffer, and lost the rest. WSAEMSGSIZE
// says that something did not fit, and the flags whether it was the datagram or the control data (WSAMSG,
// Remarks); WSARecvFrom, which has no such flags, means the datagram.
bool has_cut_off(const std::error_code& error, DWORD flags) noexcept;

// The address of this machine that the datagram was sent to, without a port; empty where the control data do
// not say it.
Address destination_of(const WSAMSG& message);

}  // namespace recvbench
