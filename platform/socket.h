// A socket that closes itself, and the few calls the harness and the generator need: open, listen, accept,
// connect, options, send. Engines use the native handle and their own receive calls.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <system_error>

#include "platform/address.h"
#include "platform/error.h"

namespace recvbench {

#ifdef _WIN32
using NativeSocket = std::uintptr_t;  // SOCKET: 64 bits wide, never to be kept in an int
inline constexpr NativeSocket no_socket = ~NativeSocket{0};
#else
using NativeSocket = int;
inline constexpr NativeSocket no_socket = -1;
#endif

// Winsock's lifetime (WSAStartup/WSACleanup); nothing on other systems. One lives in every main().
class NetworkSession {
 public:
  NetworkSession();  // throws std::system_error
  ~NetworkSession();
  NetworkSession(const NetworkSession&) = delete;
  NetworkSession& operator=(const NetworkSession&) = delete;
};

// Owns one socket. Movable; closed on destruction. Calls on one object are not synchronised.
class Socket {
 public:
  Socket() = default;
  explicit Socket(NativeSocket native) : native_(native) {}
  Socket(Socket&& other) noexcept : native_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket() { close(); }

  NativeSocket native() const { return native_; }
  explicit operator bool() const { return native_ != no_socket; }
  NativeSocket release();
  void close() noexcept;

 private:
  NativeSocket native_ = no_socket;
};

struct SocketOptions {
  // Windows: create with WSA_FLAG_REGISTERED_IO, inherited by accepted sockets. Ignored elsewhere.
  bool registered_io = false;
  // IPv6: IPV6_V6ONLY, always set, since its default differs between systems. false = a socket bound to ::
  // takes IPv4 too, whose peers show as ::ffff:a.b.c.d.
  bool ipv6_only = false;
  // SO_RCVBUF / SO_SNDBUF in bytes; not set where empty. 0 is a value (Windows: no system buffering).
  std::optional<int> receive_buffer_bytes;
  std::optional<int> send_buffer_bytes;
};

// Overlapped on Windows; never inherited by child processes. Throws std::system_error.
Socket open_tcp(AddressFamily family, const SocketOptions& options = {});
Socket open_udp(AddressFamily family, const SocketOptions& options = {});

// Binds and listens. An IPv6 "any" address is dual-stack unless SocketOptions::ipv6_only. Windows:
// SO_EXCLUSIVEADDRUSE; elsewhere SO_REUSEADDR, so that a port in use is an error (WSAEADDRINUSE / EADDRINUSE,
// named with the address) on both. Throws std::system_error.
Socket listen_tcp(const Address& address, int backlog, const SocketOptions& options = {});

// Blocking accept of one connection; empty with `error` set where it fails (would_block(error) on a
// non-blocking listener).
Socket accept_tcp(const Socket& listener, std::error_code& error) noexcept;

// Blocking connect with a time limit. Throws std::system_error (std::errc::timed_out past the limit).
Socket connect_tcp(const Address& address, std::chrono::milliseconds timeout,
                   const SocketOptions& options = {});

// Begins a connect and does not wait: the socket is non-blocking, and becomes writable once the connect has
// ended, well or not. (Windows before 10 2004: WSAPoll does not tell of one that failed; bound the wait.)
// Throws std::system_error where it fails at once.
Socket start_connect(const Address& address, const SocketOptions& options = {});
// Why a connect that has ended made no connection; no error where it did.
std::error_code connect_error(const Socket& socket) noexcept;

// A connected loopback TCP pair (first = accepting side), for tests and benchmarks. Throws std::system_error.
struct SocketPair {
  Socket accepted;
  Socket connected;
};
SocketPair connected_pair(AddressFamily family = AddressFamily::ipv4, const SocketOptions& options = {});

void bind_socket(const Socket& socket, const Address& address);  // throws
Address local_address(const Socket& socket);                     // throws
Address peer_address(const Socket& socket);                      // throws

void set_nonblocking(const Socket& socket, bool on);  // throws
// From here on receives wait for data, for `limit` at most, and then fail as would_block(); sends never wait.
// False where the system knows no such socket, and nothing is changed: Windows' calls all wait or none does.
// Throws.
bool set_waiting_receives(const Socket& socket, std::chrono::milliseconds limit);
void set_no_delay(const Socket& socket, bool on);  // throws
// Makes the next close abortive (SO_LINGER 0: the peer sees a reset).
void set_abortive_close(const Socket& socket);  // throws
// Effective SO_RCVBUF / SO_SNDBUF in bytes, as the system reports it.
int receive_buffer_bytes(const Socket& socket);  // throws
int send_buffer_bytes(const Socket& socket);     // throws
// The SO_RCVBUF in effect, in the terms in which it is set. Linux caps what is asked for at net.core.rmem_max
// without an error, and answers twice of what it then took (socket(7)); this is half of the answer. Empty
// where the system does not tell: Wine 8 keeps what was asked and answers that, whatever its host took.
// Throws.
std::optional<int> granted_receive_buffer(const Socket& socket);
void shutdown_send(const Socket& socket) noexcept;
void shutdown_both(const Socket& socket) noexcept;

// Bytes moved and the error that stopped the call; both may be set by send_all.
struct IoResult {
  std::size_t bytes = 0;
  std::error_code error;
};

// One send or recv call. Never raises SIGPIPE. Linux: a send does not wait for room on a blocking socket
// either. recv: 0 bytes without error = graceful close; Wine 8 answers
// the same for a reset that came before the call (a pending receive gets it as an error).
IoResult send_some(NativeSocket socket, std::span<const std::byte> data) noexcept;
// The same from several pieces, in their order: 1 .. most_pieces_per_send of them.
inline constexpr std::size_t most_pieces_per_send = 1024;
IoResult send_pieces(NativeSocket socket, std::span<const std::span<const std::byte>> pieces) noexcept;
// peek: leaves the bytes where they are. wait_all: returns with a full buffer, at the end of the stream or on
// an error; for blocking stream sockets (Windows: WSAEOPNOTSUPP on others; Wine 8 takes it for plain).
enum class ReceiveMode { plain, peek, wait_all };
IoResult receive_some(NativeSocket socket, std::span<std::byte> buffer,
                      ReceiveMode mode = ReceiveMode::plain) noexcept;

// Sends everything, waiting for room whether the socket is blocking or not, with `error` =
// std::errc::timed_out where the peer took nothing for `timeout`; `bytes` is what went out. Leaves nothing
// behind in a completion port that the socket belongs to, and may be called inside a completion routine.
IoResult send_all(NativeSocket socket, std::span<const std::byte> data,
                  std::chrono::milliseconds timeout) noexcept;

// Waits until the socket can be read (data, close or error) or written. False on timeout.
bool wait_readable(NativeSocket socket, std::chrono::milliseconds timeout) noexcept;
bool wait_writable(NativeSocket socket, std::chrono::milliseconds timeout) noexcept;

}  // namespace recvbench
