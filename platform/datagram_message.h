// recvmsg, and WSARecvMsg on Windows: a datagram with what the system says of it beside its source, the
// address of this machine that it was sent to. A server that listens on all addresses needs it to answer from
// the one that was asked. It costs control data: written by each receive, and taken apart by the caller.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "platform/address.h"
#include "platform/datagram.h"
#include "platform/socket.h"

namespace recvbench {

// Where a receive writes control data. Fits IP_PKTINFO and IPV6_PKTINFO together, which a dual-stack socket
// may bring. A plain value.
struct ControlData {
  alignas(std::max_align_t) std::array<std::byte, 128> storage{};
};

// Has the system say of each datagram of a bound socket where it was sent to (IP_PKTINFO, IPV6_PKTINFO).
// Throws std::system_error.
void report_destinations(const Socket& socket);

// Thread-safe like a plain value, which it is.
class MessageReceiver {
 public:
  // On Windows asks the provider of datagram sockets for its WSARecvMsg, which serves IPv6's as well: their
  // protocols are the same provider's. Throws std::system_error where it has none.
  MessageReceiver();

  // As receive_datagram. `destination`: an address without a port (0) where the socket has been told to
  // report_destinations(), else empty. A truncated datagram's may be missing: to Windows its receive has
  // failed.
  DatagramResult receive(NativeSocket socket, std::span<std::byte> buffer, SourceAddress& source,
                         Address& destination) const noexcept;

#ifdef _WIN32
 private:
  using AnyFunction = void (*)();
  const AnyFunction function_;  // WSARecvMsg
#endif
};

}  // namespace recvbench
