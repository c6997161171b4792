// Errors of socket and system calls as std::error_code whose messages begin with the system's own name
// ("WSAECONNRESET: ...", "ECONNRESET: ..."), so that a reader can look the name up.
#pragma once

#include <string>
#include <string_view>
#include <system_error>

namespace recvbench {

// Category of Winsock (WSAGetLastError) or errno socket errors. Values compare with std::errc conditions
// (error == std::errc::connection_reset) on both systems.
const std::error_category& socket_category() noexcept;

// `code` is a WSAE* value on Windows, an errno value elsewhere. On Windows it may also be the Win32 code of a
// socket's completion (GetLastError after GetQueuedCompletionStatus): those with a Winsock twin become that
// one, so that one event has one name under every receive model: ERROR_NETNAME_DELETED (64) is WSAECONNRESET,
// ERROR_CONNECTION_ABORTED (1236) WSAECONNABORTED, ERROR_MORE_DATA (234) WSAEMSGSIZE; ERROR_OPERATION_ABORTED
// (995) is WSA_OPERATION_ABORTED as it stands.
std::error_code socket_error(int code) noexcept;

// The calling thread's last socket error (WSAGetLastError, errno).
std::error_code last_socket_error() noexcept;

// The calling thread's last error of a call that is not a socket call (GetLastError, errno), of the same
// category.
std::error_code last_system_error() noexcept;

// The error that stands for "the engine was stopped while this receive was pending".
std::error_code canceled_error() noexcept;

// True where the error only says "nothing now" of a non-blocking call (WSAEWOULDBLOCK, EAGAIN, EWOULDBLOCK).
bool would_block(const std::error_code& error) noexcept;

// True where an accept failed because its peer had gone again, which is the peer's affair and leaves the
// listener as good as before (accept and AcceptEx: WSAECONNRESET; accept(2): ECONNABORTED).
bool peer_left(const std::error_code& error) noexcept;

// The symbolic name of a socket error ("WSAECONNRESET"), or "error 12345" where the number is unknown.
std::string socket_error_name(int code);

// Throws std::system_error with "call(object)" in front of the error's message.
[[noreturn]] void throw_error(std::error_code error, std::string_view call, std::string_view object = {});

}  // namespace recvbench
