// Sockets by Winsock: overlapped, never inherited.
#include "platform/socket.h"

#include <algorithm>
#include <array>
#include <limits>

#include "platform/deadline.h"
#include "platform/native_sockets.h"
#include "platform/system_info.h"
#include "platform/winsock/overlapped_send.h"

namespace recvbench {
namespace {

static_assert(sizeof(NativeSocket) == sizeof(SOCKET) && no_socket == INVALID_SOCKET);

// WSA_FLAG_REGISTERED_IO: mingw-w64's headers lack it.
constexpr DWORD registered_io_flag = 0x100;

int call_size(std::size_t size) noexcept {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

// True where the socket has one of `events`, or an error that the next call on it will report.
bool wait_for(SOCKET socket, SHORT events, std::chrono::milliseconds timeout) noexcept {
  const Deadline deadline(timeout);
  for (;;) {
    WSAPOLLFD entry{socket, events, 0};
    if (WSAPoll(&entry, 1, deadline.milliseconds_left()) != 0) return true;
    if (deadline.passed()) return false;
  }
}

}  // namespace

NetworkSession::NetworkSession() {
  WSADATA data;
  const int failure = WSAStartup(MAKEWORD(2, 2), &data);
  if (failure != 0) throw_error(socket_error(failure), "WSAStartup", "2.2");
}

NetworkSession::~NetworkSession() {
  WSACleanup();
}

void Socket::close() noexcept {
  if (native_ != no_socket) closesocket(release());
}

Socket open_socket(AddressFamily family, int type, bool registered_io) {
  const DWORD flags =
      WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT | (registered_io ? registered_io_flag : DWORD{0});
  Socket socket(WSASocketW(family == AddressFamily::ipv4 ? AF_INET : AF_INET6, type,
                           type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP, nullptr, 0, flags));
  if (!socket) throw_error(last_socket_error(), "WSASocketW", type == SOCK_STREAM ? "TCP" : "UDP");
  return socket;
}

void set_listener_option(const Socket& socket) {
  // Windows' SO_REUSEADDR would let two listeners share a port; this keeps others off it.
  const BOOL on = TRUE;
  if (setsockopt(socket.native(), SOL_SOCKET, SO_EXCLUSIVEADDRUSE, reinterpret_cast<const char*>(&on),
                 sizeof on) != 0) {
    throw_error(last_socket_error(), "setsockopt", "SO_EXCLUSIVEADDRUSE=1");
  }
}

int listen_backlog(int backlog) noexcept {
  // A plain number is cut to 200; SOMAXCONN_HINT(n), which is -n, goes up to 65,535 (listen, backlog).
  constexpr int most_without_hint = 200;
  return backlog <= most_without_hint || backlog == SOMAXCONN ? backlog : -backlog;
}

bool connect_in_progress(const std::error_code& error) noexcept {
  return would_block(error);
}

bool wait_connected(NativeSocket socket, std::chrono::milliseconds timeout) noexcept {
  // Not WSAPoll: before Windows 10 2004 it never reports a connect that failed. select does, in its except
  // set.
  const Deadline deadline(timeout);
  for (;;) {
    fd_set writable;
    fd_set failed;
    FD_ZERO(&writable);
    FD_ZERO(&failed);
    FD_SET(socket, &writable);
    FD_SET(socket, &failed);
    const int left = deadline.milliseconds_left();
    timeval limit{left / 1000, left % 1000 * 1000};
    if (select(0, nullptr, &writable, &failed, &limit) != 0) return true;
    if (deadline.passed()) return false;
  }
}

bool set_waiting_receives(const Socket& /*socket*/, std::chrono::milliseconds /*limit*/) {
  return false;  // the blocking mode is the socket's, and a timed-out receive leaves it in an unknown state
}

Socket accept_tcp(const Socket& listener, std::error_code& error) noexcept {
  error.clear();
  Socket accepted(accept(listener.native(), nullptr, nullptr));
  // The new socket takes over the listener's event selection, which makes it non-blocking and must go first.
  u_long off = 0;
  if (!accepted || WSAEventSelect(accepted.native(), nullptr, 0) != 0 ||
      ioctlsocket(accepted.native(), static_cast<long>(FIONBIO), &off) != 0) {
    error = last_socket_error();
    return {};
  }
  SetHandleInformation(reinterpret_cast<HANDLE>(accepted.native()), HANDLE_FLAG_INHERIT, 0);
  return accepted;
}

void set_nonblocking(const Socket& socket, bool on) {
  u_long mode = on ? 1 : 0;
  if (ioctlsocket(socket.native(), static_cast<long>(FIONBIO), &mode) != 0) {
    throw_error(last_socket_error(), "ioctlsocket", on ? "FIONBIO=1" : "FIONBIO=0");
  }
}

std::optional<int> granted_receive_buffer(const Socket& socket) {
  if (running_under_wine()) return std::nullopt;
  return receive_buffer_bytes(socket);
}

void shutdown_send(const Socket& socket) noexcept {
  shutdown(socket.native(), SD_SEND);
}

void shutdown_both(const Socket& socket) noexcept {
  shutdown(socket.native(), SD_BOTH);
}

IoResult send_some(NativeSocket socket, std::span<const std::byte> data) noexcept {
  const int sent = send(socket, reinterpret_cast<const char*>(data.data()), call_size(data.size()), 0);
  if (sent == SOCKET_ERROR) return {0, last_socket_error()};
  return {static_cast<std::size_t>(sent), {}};
}

IoResult send_pieces(NativeSocket socket, std::span<const std::span<const std::byte>> pieces) noexcept {
  std::array<WSABUF, most_pieces_per_send> buffers;
  for (std::size_t i = 0; i < pieces.size(); ++i) {  // only read; WSABUF is the same for both directions
    buffers[i].buf = reinterpret_cast<char*>(const_cast<std::byte*>(pieces[i].data()));
    buffers[i].len = static_cast<ULONG>(pieces[i].size());
  }
  DWORD sent = 0;
  if (WSASend(socket, buffers.data(), static_cast<DWORD>(pieces.size()), &sent, 0, nullptr, nullptr) ==
      SOCKET_ERROR)
    return {0, last_socket_error()};
  return {sent, {}};
}

IoResult receive_some(NativeSocket socket, std::span<std::byte> buffer, ReceiveMode mode) noexcept {
  const int received =
      recv(socket, reinterpret_cast<char*>(buffer.data()), call_size(buffer.size()), recv_flags(mode));
  if (received == SOCKET_ERROR) return {0, last_socket_error()};
  return {static_cast<std::size_t>(received), {}};
}

IoResult send_all(NativeSocket socket, std::span<const std::byte> data,
                  std::chrono::milliseconds timeout) noexcept {
  // In pieces, so that a peer that reads slowly is not taken for one that reads nothing.
  constexpr std::size_t piece = 64 * 1024;
  IoResult total;
  Deadline deadline(timeout);
  while (total.bytes < data.size()) {
    const auto rest = data.subspan(total.bytes);
    const IoResult sent = send_within(socket, rest.first(std::min(rest.size(), piece)), timeout);
    total.bytes += sent.bytes;
    if (!sent.error) {
      deadline = Deadline(timeout);
      continue;
    }
    total.error = sent.error;
    if (!would_block(sent.error)) return total;
    total.error = timed_out_error();
    if (deadline.passed()) return total;
    // Too many sends are outstanding. Not WSAPoll: a blocking Winsock call waits alertably, and a completion
    // routine that sends would be run over by the next one.
    SleepEx(1, FALSE);
    total.error.clear();
  }
  return total;
}

bool wait_readable(NativeSocket socket, std::chrono::milliseconds timeout) noexcept {
  return wait_for(socket, POLLRDNORM, timeout);
}

bool wait_writable(NativeSocket socket, std::chrono::milliseconds timeout) noexcept {
  return wait_for(socket, POLLWRNORM, timeout);
}

}  // namespace recvbench
