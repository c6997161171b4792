// Datagrams by Winsock.
#include "platform/datagram.h"

#include <algorithm>
#include <limits>

#include "platform/native_sockets.h"
#include "platform/winsock/overlapped_send.h"

namespace recvbench {

void set_datagram_options(const Socket& socket) {
  set_listener_option(socket);  // a bound port is no one else's
  // On by default: a reply to a peer that has gone would fail the next receive with WSAECONNRESET.
  BOOL report = FALSE;
  DWORD none = 0;
  if (WSAIoctl(socket.native(), SIO_UDP_CONNRESET, &report, sizeof report, nullptr, 0, &none, nullptr,
               nullptr) != 0) {
    throw_error(last_socket_error(), "WSAIoctl", "SIO_UDP_CONNRESET=0");
  }
}

DatagramResult receive_datagram(NativeSocket socket, std::span<std::byte> buffer,
                                SourceAddress& source) noexcept {
  source.size = static_cast<int>(source.storage.size());
  const int room = static_cast<int>(std::min<std::size_t>(buffer.size(), std::numeric_limits<int>::max()));
  const int received = recvfrom(socket, reinterpret_cast<char*>(buffer.data()), room, 0,
                                reinterpret_cast<sockaddr*>(source.storage.data()), &source.size);
  if (received != SOCKET_ERROR) return {static_cast<std::size_t>(received), false, {}};
  const std::error_code error = last_socket_error();
  // The buffer is full, the rest of the datagram lost (recvfrom, WSAEMSGSIZE).
  if (error == std::errc::message_size) return {buffer.size(), true, {}};
  return {0, false, error};
}

std::optional<std::uint64_t> dropped_datagrams(const Socket& /*socket*/) noexcept {
  return std::nullopt;
}

std::error_code send_datagram(NativeSocket socket, std::span<const std::byte> data,
                              std::span<const std::byte> to, std::chrono::milliseconds timeout) noexcept {
  return send_within(socket, data, timeout, to).error;
}

}  // namespace recvbench
