// The system's socket headers, and what the shared socket code needs of each system. Internal to platform/.
#pragma once

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>
#else
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#endif

#include <chrono>
#include <system_error>

#include "platform/socket.h"

namespace recvbench {

// The flags of recv.
constexpr int recv_flags(ReceiveMode mode) noexcept {
  switch (mode) {
    case ReceiveMode::peek:
      return MSG_PEEK;
    case ReceiveMode::wait_all:
      return MSG_WAITALL;
    case ReceiveMode::plain:
      break;
  }
  return 0;
}

// What getaddrinfo returned: a WSA* value on Windows, an EAI_* value elsewhere (EAI_SYSTEM: errno).
std::error_code resolver_error(int code) noexcept;

// WSAETIMEDOUT or ETIMEDOUT, for limits of our own.
std::error_code timed_out_error() noexcept;

// Overlapped on Windows, closed on exec elsewhere. `type` is SOCK_STREAM or SOCK_DGRAM. Throws
// std::system_error.
Socket open_socket(AddressFamily family, int type, bool registered_io);

// The option that makes a busy port an error and a port in TIME_WAIT usable. Throws std::system_error.
void set_listener_option(const Socket& socket);

// What listen() must be told for a queue of `backlog` connections, which it otherwise need not keep to.
int listen_backlog(int backlog) noexcept;

// What makes a datagram socket behave alike on both systems: a busy port is an error, and a receive does not
// fail because of an earlier send. Throws std::system_error.
void set_datagram_options(const Socket& socket);

// True where a non-blocking connect said "not yet".
bool connect_in_progress(const std::error_code& error) noexcept;

// Waits until a non-blocking connect has ended either way; false on timeout.
bool wait_connected(NativeSocket socket, std::chrono::milliseconds timeout) noexcept;

}  // namespace recvbench
