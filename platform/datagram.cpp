// The datagram calls that are the same on both systems.
#include "platform/datagram.h"

#include "platform/native_sockets.h"

namespace recvbench {

Socket bind_udp(const Address& address, const SocketOptions& options) {
  Socket socket = open_udp(address.family(), options);
  set_datagram_options(socket);
  bind_socket(socket, address);
  return socket;
}

Socket connect_udp(const Address& peer, const SocketOptions& options) {
  Socket socket = open_udp(peer.family(), options);
  if (connect(socket.native(), static_cast<const sockaddr*>(peer.data()),
              static_cast<socklen_t>(peer.size())) != 0) {
    throw_error(last_socket_error(), "connect", "UDP " + peer.to_string());
  }
  return socket;
}

bool concerns_earlier_send(const std::error_code& error) noexcept {
  return error == std::errc::connection_refused || error == std::errc::connection_reset ||
         error == std::errc::network_reset || error == std::errc::network_unreachable ||
         error == std::errc::host_unreachable;
}

}  // namespace recvbench
