// WSARecvMsg with control data.
#include "platform/datagram_message.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "platform/destination.h"
#include "platform/winsock/receive_message.h"

namespace recvbench {
namespace {

bool is_dual_stack(const Socket& ipv6_socket) {
  DWORD alone = 0;
  int size = sizeof alone;
  if (getsockopt(ipv6_socket.native(), IPPROTO_IPV6, IPV6_V6ONLY, reinterpret_cast<char*>(&alone), &size) !=
      0) {
    throw_error(last_socket_error(), "getsockopt", "IPV6_V6ONLY");
  }
  return alone == 0;
}

}  // namespace

LPFN_WSARECVMSG find_wsarecvmsg(const Socket& socket) {
  GUID id = WSAID_WSARECVMSG;
  LPFN_WSARECVMSG function = nullptr;
  DWORD bytes = 0;
  if (WSAIoctl(socket.native(), SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
               sizeof function, &bytes, nullptr, nullptr) != 0) {
    throw_error(last_socket_error(), "WSAIoctl", "WSAID_WSARECVMSG");
  }
  return function;
}

bool has_cut_off(const std::error_code& error, DWORD flags) noexcept {
  if ((flags & MSG_TRUNC) != 0) return true;
  return error == std::errc::message_size && (flags & MSG_CTRUNC) == 0;
}

Address destination_of(const WSAMSG& message) {
  for (const WSACMSGHDR* header = WSA_CMSG_FIRSTHDR(&message);
       header != nullptr && header->cmsg_len >= sizeof(WSACMSGHDR);
       header = WSA_CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
      IN_PKTINFO info;
      std::memcpy(&info, WSA_CMSG_DATA(header), sizeof info);
      return destination(info.ipi_addr);
    }
    if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      IN6_PKTINFO info;
      std::memcpy(&info, WSA_CMSG_DATA(header), sizeof info);
      return destination(info.ipi6_addr);
    }
  }
  return {};
}

void report_destinations(const Socket& socket) {
  const bool ipv4 = local_address(socket).family() == AddressFamily::ipv4;
  // What comes to a dual-stack socket over IPv4 is said by IPv4's option.
  if (ipv4 || is_dual_stack(socket)) switch_on(socket, IPPROTO_IP, IP_PKTINFO, "IP_PKTINFO");
  if (!ipv4) switch_on(socket, IPPROTO_IPV6, IPV6_PKTINFO, "IPV6_PKTINFO");
}

MessageReceiver::MessageReceiver()
    : function_(reinterpret_cast<AnyFunction>(find_wsarecvmsg(open_udp(AddressFamily::ipv4)))) {}

DatagramResult MessageReceiver::receive(NativeSocket socket, std::span<std::byte> buffer,
                                        SourceAddress& source, Address& destination) const noexcept {
  ControlData control;
  WSABUF piece;
  piece.buf = reinterpret_cast<CHAR*>(buffer.data());
  piece.len = static_cast<ULONG>(std::min<std::size_t>(buffer.size(), std::numeric_limits<ULONG>::max()));
  WSAMSG message{};
  message.name = reinterpret_cast<sockaddr*>(source.storage.data());
  message.namelen = static_cast<int>(source.storage.size());
  message.lpBuffers = &piece;
  message.dwBufferCount = 1;
  message.Control.buf = reinterpret_cast<CHAR*>(control.storage.data());
  message.Control.len = static_cast<ULONG>(control.storage.size());
  DWORD received = 0;
  const int result =
      reinterpret_cast<LPFN_WSARECVMSG>(function_)(socket, &message, &received, nullptr, nullptr);
  const std::error_code error = result == 0 ? std::error_code() : last_socket_error();
  source.size = message.namelen;
  if (has_cut_off(error, message.dwFlags)) return {buffer.size(), true, {}};
  if (error) return {0, false, error};
  destination = destination_of(message);
  return {received, false, {}};
}

}  // namespace recvbench
