// Datagrams by POSIX calls.
#include "platform/datagram.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "platform/native_sockets.h"

namespace recvbench {

// A port in use is refused without further ado, and nothing but IP_RECVERR would report an earlier send's
// failure to a socket that is not connected.
void set_datagram_options(const Socket& /*socket*/) {}

namespace {

void share_port(const Socket& socket) {
  const int on = 1;
  if (setsockopt(socket.native(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0)
    throw_error(last_socket_error(), "setsockopt", "SO_REUSEPORT=1");
}

}  // namespace

std::vector<Socket> bind_udp_group(const Address& address, std::size_t count, const SocketOptions& options) {
  std::vector<Socket> group;
  group.push_back(bind_udp(address, options));
  if (count == 1) return group;
  // Shared once it is bound: a port that is chosen for a socket that shares may be another group's of this
  // user.
  share_port(group.front());
  const Address shared = local_address(group.front());
  while (group.size() < count) {
    Socket socket = open_udp(shared.family(), options);
    share_port(socket);
    bind_socket(socket, shared);
    group.push_back(std::move(socket));
  }
  return group;
}

DatagramResult receive_datagram(NativeSocket socket, std::span<std::byte> buffer,
                                SourceAddress& source) noexcept {
  for (;;) {
    socklen_t size = sizeof source.storage;
    // MSG_TRUNC: the answer is the size of the datagram, also where the buffer is smaller (recv(2)).
    const auto received = recvfrom(socket, buffer.data(), buffer.size(), MSG_TRUNC,
                                   reinterpret_cast<sockaddr*>(source.storage.data()), &size);
    if (received >= 0) {
      // A datagram has a source; the end of a receive that was shut down has none.
      if (size == 0) return {0, false, socket_error(ESHUTDOWN)};
      source.size = static_cast<int>(size);
      const auto bytes = static_cast<std::size_t>(received);
      return {std::min(bytes, buffer.size()), bytes > buffer.size(), {}};
    }
    if (errno != EINTR) return {0, false, last_socket_error()};
  }
}

std::optional<std::uint64_t> dropped_datagrams(const Socket& socket) noexcept {
#ifdef SO_MEMINFO
  constexpr std::size_t drops = 8;  // SK_MEMINFO_DROPS in linux/sock_diag.h, from Linux 4.14 on
  std::array<std::uint32_t, drops + 1> counts{};
  socklen_t size = sizeof counts;
  if (getsockopt(socket.native(), SOL_SOCKET, SO_MEMINFO, counts.data(), &size) != 0 || size < sizeof counts)
    return std::nullopt;
  return counts[drops];
#else
  (void)socket;
  return std::nullopt;
#endif
}

std::error_code send_datagram(NativeSocket socket, std::span<const std::byte> data,
                              std::span<const std::byte> to, std::chrono::milliseconds timeout) noexcept {
  for (;;) {
    // MSG_DONTWAIT: the limit holds on a blocking socket too.
    const auto sent = sendto(socket, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(to.data()), static_cast<socklen_t>(to.size()));
    if (sent >= 0) return {};
    if (errno == EINTR) continue;
    const std::error_code error = last_socket_error();
    if (!would_block(error)) return error;
    if (!wait_writable(socket, timeout)) return timed_out_error();
  }
}

}  // namespace recvbench
