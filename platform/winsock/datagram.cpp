// Datagrams by Winsock.
#include "platform/datagram.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "platform/native_sockets.h"
#include "platform/winsock/overlapped_send.h"

namespace recvbench {

namespace {

// mingw-w64's headers lack it, as do Microsoft's before Windows 10 2004.
constexpr DWORD cpu_affinity = 0x98000015;

template <class Value>
void control(const Socket& socket, DWORD code, Value value, const char* name) {
  DWORD none = 0;
  if (WSAIoctl(socket.native(), code, &value, sizeof value, nullptr, 0, &none, nullptr, nullptr) != 0)
    throw_error(last_socket_error(), "WSAIoctl", std::string(name) + "=" + std::to_string(value));
}

// On by default: a reply to a peer that has gone would fail the next receive with WSAECONNRESET.
void ignore_failed_sends(const Socket& socket) {
  control(socket, SIO_UDP_CONNRESET, BOOL{FALSE}, "SIO_UDP_CONNRESET");
}

}  // namespace

void set_datagram_options(const Socket& socket) {
  set_listener_option(socket);  // a bound port is no one else's
  ignore_failed_sends(socket);
}

std::vector<Socket> bind_udp_group(const Address& address, std::size_t count, const SocketOptions& options) {
  std::vector<Socket> group;
  if (count == 1) {
    group.push_back(bind_udp(address, options));
    return group;
  }
  Address shared = address;
  for (std::size_t processor = 0; processor < count; ++processor) {
    Socket socket = open_udp(address.family(), options);
    ignore_failed_sends(socket);
    // Before bind, and with no option of its own for the port (Winsock IOCTLs, SIO_CPU_AFFINITY).
    control(socket, cpu_affinity, static_cast<USHORT>(processor), "SIO_CPU_AFFINITY");
    bind_socket(socket, shared);
    shared = local_address(socket);
    group.push_back(std::move(socket));
  }
  return group;
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
