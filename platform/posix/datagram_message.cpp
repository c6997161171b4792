// recvmsg with control data.
#include "platform/datagram_message.h"

#include <cerrno>
#include <cstring>

#include "platform/destination.h"

namespace recvbench {
namespace {

Address destination_of(msghdr& message) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(header), sizeof info);
      return destination(info.ipi_addr);
    }
    if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(header), sizeof info);
      return destination(info.ipi6_addr);
    }
  }
  return {};
}

}  // namespace

void report_destinations(const Socket& socket) {
  // An IPv6 socket says where IPv4 datagrams were sent to as well: ::ffff:a.b.c.d.
  if (local_address(socket).family() == AddressFamily::ipv4) {
    switch_on(socket, IPPROTO_IP, IP_PKTINFO, "IP_PKTINFO");
  } else {
    switch_on(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, "IPV6_RECVPKTINFO");
  }
}

MessageReceiver::MessageReceiver() = default;

DatagramResult MessageReceiver::receive(NativeSocket socket, std::span<std::byte> buffer,
                                        SourceAddress& source, Address& destination) const noexcept {
  iovec piece{buffer.data(), buffer.size()};
  ControlData control;
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  for (;;) {
    message.msg_name = source.storage.data();
    message.msg_namelen = sizeof source.storage;
    message.msg_control = control.storage.data();
    message.msg_controllen = control.storage.size();
    const auto received = recvmsg(socket, &message, 0);
    if (received >= 0) {
      // A datagram has a source; the end of a receive that was shut down has none.
      if (message.msg_namelen == 0) return {0, false, socket_error(ESHUTDOWN)};
      source.size = static_cast<int>(message.msg_namelen);
      destination = destination_of(message);
      return {static_cast<std::size_t>(received), (message.msg_flags & MSG_TRUNC) != 0, {}};
    }
    if (errno != EINTR) return {0, false, last_socket_error()};
  }
}

}  // namespace recvbench
