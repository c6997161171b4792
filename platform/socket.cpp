// The socket calls that are the same on both systems.
#include "platform/socket.h"

#include <utility>

#include "platform/deadline.h"
#include "platform/native_sockets.h"

namespace recvbench {
namespace {

std::string describe(const Socket& socket) {
  return "socket " + std::to_string(socket.native());
}

void set_option(const Socket& socket, int level, int option, const char* name, int value) {
  if (setsockopt(socket.native(), level, option, reinterpret_cast<const char*>(&value), sizeof value) != 0) {
    throw_error(last_socket_error(), "setsockopt", std::string(name) + "=" + std::to_string(value));
  }
}

int get_option(const Socket& socket, int level, int option, const char* name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(socket.native(), level, option, reinterpret_cast<char*>(&value), &size) != 0) {
    throw_error(last_socket_error(), "getsockopt", name);
  }
  return value;
}

Socket open_with_options(AddressFamily family, int type, const SocketOptions& options) {
  Socket socket = open_socket(family, type, options.registered_io);
  if (family == AddressFamily::ipv6)
    set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY", options.ipv6_only ? 1 : 0);
  // Before listen and connect: the receive buffer decides the window scale that the handshake offers.
  if (options.receive_buffer_bytes) {
    set_option(socket, SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF", *options.receive_buffer_bytes);
  }
  if (options.send_buffer_bytes) {
    set_option(socket, SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF", *options.send_buffer_bytes);
  }
  return socket;
}

const sockaddr* native_address(const Address& address) {
  return static_cast<const sockaddr*>(address.data());
}

using NameCall = decltype(&getsockname);
Address name_of(const Socket& socket, NameCall call, const char* call_name) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (call(socket.native(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
    throw_error(last_socket_error(), call_name, describe(socket));
  }
  return Address::from_native(&storage, static_cast<std::size_t>(size));
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    close();
    native_ = other.release();
  }
  return *this;
}

NativeSocket Socket::release() {
  return std::exchange(native_, no_socket);
}

Socket open_tcp(AddressFamily family, const SocketOptions& options) {
  return open_with_options(family, SOCK_STREAM, options);
}

Socket open_udp(AddressFamily family, const SocketOptions& options) {
  return open_with_options(family, SOCK_DGRAM, options);
}

Socket listen_tcp(const Address& address, int backlog, const SocketOptions& options) {
  Socket listener = open_tcp(address.family(), options);
  set_listener_option(listener);
  bind_socket(listener, address);
  if (listen(listener.native(), listen_backlog(backlog)) != 0)
    throw_error(last_socket_error(), "listen", address.to_string());
  return listener;
}

Socket connect_tcp(const Address& address, std::chrono::milliseconds timeout, const SocketOptions& options) {
  Socket socket = start_connect(address, options);
  if (!wait_connected(socket.native(), timeout)) {
    throw_error(timed_out_error(), "connect", address.to_string());
  }
  if (const auto failure = connect_error(socket)) throw_error(failure, "connect", address.to_string());
  set_nonblocking(socket, false);
  return socket;
}

Socket start_connect(const Address& address, const SocketOptions& options) {
  Socket socket = open_tcp(address.family(), options);
  set_nonblocking(socket, true);
  if (connect(socket.native(), native_address(address), static_cast<socklen_t>(address.size())) != 0) {
    const std::error_code error = last_socket_error();
    if (!connect_in_progress(error)) throw_error(error, "connect", address.to_string());
  }
  return socket;
}

std::error_code connect_error(const Socket& socket) noexcept {
  int failure = 0;
  socklen_t size = sizeof failure;
  if (getsockopt(socket.native(), SOL_SOCKET, SO_ERROR, reinterpret_cast<char*>(&failure), &size) != 0)
    return last_socket_error();
  return failure == 0 ? std::error_code() : socket_error(failure);
}

SocketPair connected_pair(AddressFamily family, const SocketOptions& options) {
  constexpr std::chrono::seconds limit{10};
  const Socket listener = listen_tcp(Address::loopback(family), 1, options);
  SocketPair pair;
  pair.connected = connect_tcp(local_address(listener), limit, options);
  const std::uint16_t port = local_address(pair.connected).port();
  // Anyone on this machine may connect to the listener: take the connection that is ours.
  do {
    std::error_code error;
    if (!wait_readable(listener.native(), limit))
      throw_error(timed_out_error(), "accept", describe(listener));
    pair.accepted = accept_tcp(listener, error);
    if (error) throw_error(error, "accept", describe(listener));
  } while (peer_address(pair.accepted).port() != port);
  return pair;
}

void bind_socket(const Socket& socket, const Address& address) {
  if (bind(socket.native(), native_address(address), static_cast<socklen_t>(address.size())) != 0) {
    throw_error(last_socket_error(), "bind", address.to_string());
  }
}

Address local_address(const Socket& socket) {
  return name_of(socket, &getsockname, "getsockname");
}

Address peer_address(const Socket& socket) {
  return name_of(socket, &getpeername, "getpeername");
}

void set_no_delay(const Socket& socket, bool on) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, "TCP_NODELAY", on ? 1 : 0);
}

void set_abortive_close(const Socket& socket) {
  linger reset{};
  reset.l_onoff = 1;
  reset.l_linger = 0;
  if (setsockopt(socket.native(), SOL_SOCKET, SO_LINGER, reinterpret_cast<const char*>(&reset),
                 sizeof reset) != 0) {
    throw_error(last_socket_error(), "setsockopt", "SO_LINGER=0");
  }
}

int receive_buffer_bytes(const Socket& socket) {
  return get_option(socket, SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF");
}

int send_buffer_bytes(const Socket& socket) {
  return get_option(socket, SOL_SOCKET, SO_SNDBUF, "SO_SNDBUF");
}

}  // namespace recvbench
