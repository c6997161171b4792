// What recvmsg and WSARecvMsg have in common: the option that asks for a datagram's destination, and what
// comes of it. Internal to platform/.
#pragma once

#include "platform/address.h"
#include "platform/native_sockets.h"

namespace recvbench {

// Switches on IP_PKTINFO or its like. Throws std::system_error.
void switch_on(const Socket& socket, int level, int option, const char* name);

// Without a port.
Address destination(const in_addr& host);
Address destination(const in6_addr& host);

}  // namespace recvbench
