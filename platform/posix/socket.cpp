// Sockets by POSIX calls: closed on exec, no SIGPIPE, EINTR taken up again.
#include "platform/socket.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "platform/deadline.h"
#include "platform/native_sockets.h"

namespace recvbench {
namespace {

// True where the socket has one of `events`, or an error that the next call on it will report.
bool wait_for(int socket, short events, std::chrono::milliseconds timeout) noexcept {
  const Deadline deadline(timeout);
  for (;;) {
    pollfd entry{socket, events, 0};
    const int ready = poll(&entry, 1, deadline.milliseconds_left());
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;
    if (deadline.passed()) return false;
  }
}

}  // namespace

NetworkSession::NetworkSession() = default;
NetworkSession::~NetworkSession() = default;

void Socket::close() noexcept {
  // Not repeated on EINTR: Linux has closed the descriptor by then, and its number may already be another
  // thread's.
  if (native_ != no_socket) ::close(release());
}

Socket open_socket(AddressFamily family, int type, bool /*registered_io*/) {
  const int domain = family == AddressFamily::ipv4 ? AF_INET : AF_INET6;
  Socket socket(::socket(domain, type | SOCK_CLOEXEC, 0));
  if (!socket) throw_error(last_socket_error(), "socket", type == SOCK_STREAM ? "TCP" : "UDP");
  return socket;
}

void set_listener_option(const Socket& socket) {
  // Without it a port whose connections are in TIME_WAIT is refused; a live listener's port still is.
  const int on = 1;
  if (setsockopt(socket.native(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
    throw_error(last_socket_error(), "setsockopt", "SO_REUSEADDR=1");
  }
}

int listen_backlog(int backlog) noexcept {
  return backlog;
}

// EINTR: the connect goes on in the background all the same.
bool connect_in_progress(const std::error_code& error) noexcept {
  return error.value() == EINPROGRESS || error.value() == EINTR;
}

bool wait_connected(NativeSocket socket, std::chrono::milliseconds timeout) noexcept {
  return wait_for(socket, POLLOUT, timeout);
}

Socket accept_tcp(const Socket& listener, std::error_code& error) noexcept {
  error.clear();
  for (;;) {
    // Linux: the new socket is blocking whatever the listener is.
    Socket accepted(accept4(listener.native(), nullptr, nullptr, SOCK_CLOEXEC));
    if (accepted) return accepted;
    if (errno == EINTR) continue;
    error = last_socket_error();
    return {};
  }
}

void set_nonblocking(const Socket& socket, bool on) {
  const int flags = fcntl(socket.native(), F_GETFL);
  if (flags < 0 || fcntl(socket.native(), F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) != 0) {
    throw_error(last_socket_error(), "fcntl", on ? "O_NONBLOCK on" : "O_NONBLOCK off");
  }
}

bool set_waiting_receives(const Socket& socket, std::chrono::milliseconds limit) {
  const timeval timeout{static_cast<time_t>(limit.count() / 1000),
                        static_cast<suseconds_t>(limit.count() % 1000 * 1000)};
  if (setsockopt(socket.native(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0)
    throw_error(last_socket_error(), "setsockopt", "SO_RCVTIMEO");
  set_nonblocking(socket, false);
  return true;
}

std::optional<int> granted_receive_buffer(const Socket& socket) {
#ifdef __linux__
  return receive_buffer_bytes(socket) / 2;
#else
  return receive_buffer_bytes(socket);
#endif
}

void shutdown_send(const Socket& socket) noexcept {
  shutdown(socket.native(), SHUT_WR);
}

void shutdown_both(const Socket& socket) noexcept {
  shutdown(socket.native(), SHUT_RDWR);
}

IoResult send_some(NativeSocket socket, std::span<const std::byte> data) noexcept {
  for (;;) {
    const auto sent = send(socket, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return {static_cast<std::size_t>(sent), {}};
    if (errno != EINTR) return {0, last_socket_error()};
  }
}

IoResult send_pieces(NativeSocket socket, std::span<const std::span<const std::byte>> pieces) noexcept {
  std::array<iovec, most_pieces_per_send> vectors;
  for (std::size_t i = 0; i < pieces.size(); ++i)  // only read; iovec is the same for both directions
    vectors[i] = {const_cast<std::byte*>(pieces[i].data()), pieces[i].size()};
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = pieces.size();
  for (;;) {
    const auto sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return {static_cast<std::size_t>(sent), {}};
    if (errno != EINTR) return {0, last_socket_error()};
  }
}

IoResult receive_some(NativeSocket socket, std::span<std::byte> buffer, ReceiveMode mode) noexcept {
  for (;;) {
    const auto received = recv(socket, buffer.data(), buffer.size(), recv_flags(mode));
    if (received >= 0) return {static_cast<std::size_t>(received), {}};
    if (errno != EINTR) return {0, last_socket_error()};
  }
}

IoResult send_all(NativeSocket socket, std::span<const std::byte> data,
                  std::chrono::milliseconds timeout) noexcept {
  IoResult total;
  while (total.bytes < data.size()) {
    const IoResult sent =
        send_some(socket, data.subspan(total.bytes));  // the limit holds on a blocking socket too
    total.bytes += sent.bytes;
    if (!sent.error) continue;
    total.error = sent.error;
    if (!would_block(sent.error)) return total;
    if (!wait_writable(socket, timeout)) {
      total.error = timed_out_error();
      return total;
    }
    total.error.clear();
  }
  return total;
}

bool wait_readable(NativeSocket socket, std::chrono::milliseconds timeout) noexcept {
  return wait_for(socket, POLLIN, timeout);
}

bool wait_writable(NativeSocket socket, std::chrono::milliseconds timeout) noexcept {
  return wait_for(socket, POLLOUT, timeout);
}

}  // namespace recvbench
