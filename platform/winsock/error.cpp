// Winsock and Win32 errors with their symbolic names. The two share one number space (WSABASEERR is 10000),
// so one category serves both.
#include "platform/error.h"

#include <algorithm>
#include <iterator>

#include "platform/native_sockets.h"

namespace recvbench {
namespace {

struct Entry {
  int code;
  const char* name;
  const char* text;
  std::errc condition;  // errc{} where the C++ library has none
};

#define RECVBENCH_ENTRY(name, text, condition) \
  { static_cast<int>(name), #name, text, condition }
constexpr std::errc none{};

// Our own short texts: the system's depend on its language, and Wine has none for some.
constexpr Entry entries[] = {
    RECVBENCH_ENTRY(ERROR_SUCCESS, "no error", none),
    RECVBENCH_ENTRY(ERROR_FILE_NOT_FOUND, "file not found", std::errc::no_such_file_or_directory),
    RECVBENCH_ENTRY(ERROR_PATH_NOT_FOUND, "path not found", std::errc::no_such_file_or_directory),
    RECVBENCH_ENTRY(ERROR_ACCESS_DENIED, "access denied", std::errc::permission_denied),
    RECVBENCH_ENTRY(ERROR_INVALID_HANDLE, "invalid handle", std::errc::bad_file_descriptor),
    RECVBENCH_ENTRY(ERROR_NOT_ENOUGH_MEMORY, "not enough memory", std::errc::not_enough_memory),
    RECVBENCH_ENTRY(ERROR_NOT_SUPPORTED, "not supported", std::errc::not_supported),
    RECVBENCH_ENTRY(ERROR_NETNAME_DELETED, "connection closed by the remote host",
                    std::errc::connection_reset),
    RECVBENCH_ENTRY(ERROR_INVALID_PARAMETER, "invalid parameter", std::errc::invalid_argument),
    RECVBENCH_ENTRY(ERROR_BROKEN_PIPE, "broken pipe", std::errc::broken_pipe),
    RECVBENCH_ENTRY(ERROR_CALL_NOT_IMPLEMENTED, "call not implemented", std::errc::function_not_supported),
    RECVBENCH_ENTRY(ERROR_SEM_TIMEOUT, "timed out", std::errc::timed_out),
    RECVBENCH_ENTRY(ERROR_INSUFFICIENT_BUFFER, "buffer too small", std::errc::no_buffer_space),
    RECVBENCH_ENTRY(ERROR_MOD_NOT_FOUND, "module not found", none),
    RECVBENCH_ENTRY(ERROR_PROC_NOT_FOUND, "function not found in its module", none),
    RECVBENCH_ENTRY(ERROR_BAD_EXE_FORMAT, "not a program of this system", std::errc::executable_format_error),
    RECVBENCH_ENTRY(ERROR_MORE_DATA, "more data than the buffer holds", std::errc::message_size),
    RECVBENCH_ENTRY(WAIT_TIMEOUT, "timed out", std::errc::timed_out),
    RECVBENCH_ENTRY(ERROR_ABANDONED_WAIT_0, "the completion port was closed", std::errc::operation_canceled),
    // Also WSA_OPERATION_ABORTED, WSA_IO_INCOMPLETE and WSA_IO_PENDING: the same numbers.
    RECVBENCH_ENTRY(ERROR_OPERATION_ABORTED, "the operation was cancelled", std::errc::operation_canceled),
    RECVBENCH_ENTRY(ERROR_IO_INCOMPLETE, "the operation is not complete", std::errc::operation_in_progress),
    RECVBENCH_ENTRY(ERROR_IO_PENDING, "the operation completes later", std::errc::operation_in_progress),
    RECVBENCH_ENTRY(ERROR_NOT_FOUND, "not found", none),
    RECVBENCH_ENTRY(ERROR_CONNECTION_REFUSED, "connection refused", std::errc::connection_refused),
    RECVBENCH_ENTRY(ERROR_NETWORK_UNREACHABLE, "network unreachable", std::errc::network_unreachable),
    RECVBENCH_ENTRY(ERROR_HOST_UNREACHABLE, "host unreachable", std::errc::host_unreachable),
    RECVBENCH_ENTRY(ERROR_PORT_UNREACHABLE, "port unreachable", std::errc::connection_reset),
    RECVBENCH_ENTRY(ERROR_CONNECTION_ABORTED, "connection aborted by this host",
                    std::errc::connection_aborted),
    RECVBENCH_ENTRY(WSAEINTR, "the call was interrupted", std::errc::interrupted),
    RECVBENCH_ENTRY(WSAEBADF, "bad file handle", std::errc::bad_file_descriptor),
    RECVBENCH_ENTRY(WSAEACCES, "permission denied", std::errc::permission_denied),
    RECVBENCH_ENTRY(WSAEFAULT, "bad address", std::errc::bad_address),
    RECVBENCH_ENTRY(WSAEINVAL, "invalid argument", std::errc::invalid_argument),
    RECVBENCH_ENTRY(WSAEMFILE, "too many open sockets", std::errc::too_many_files_open),
    RECVBENCH_ENTRY(WSAEWOULDBLOCK, "the operation would block", std::errc::operation_would_block),
    RECVBENCH_ENTRY(WSAEINPROGRESS, "a blocking operation is in progress", std::errc::operation_in_progress),
    RECVBENCH_ENTRY(WSAEALREADY, "an operation is already in progress",
                    std::errc::connection_already_in_progress),
    RECVBENCH_ENTRY(WSAENOTSOCK, "not a socket", std::errc::not_a_socket),
    RECVBENCH_ENTRY(WSAEDESTADDRREQ, "destination address required", std::errc::destination_address_required),
    RECVBENCH_ENTRY(WSAEMSGSIZE, "message larger than the buffer or the limit", std::errc::message_size),
    RECVBENCH_ENTRY(WSAEPROTOTYPE, "wrong protocol type for the socket", std::errc::wrong_protocol_type),
    RECVBENCH_ENTRY(WSAENOPROTOOPT, "bad protocol option", std::errc::no_protocol_option),
    RECVBENCH_ENTRY(WSAEPROTONOSUPPORT, "protocol not supported", std::errc::protocol_not_supported),
    RECVBENCH_ENTRY(WSAESOCKTNOSUPPORT, "socket type not supported", none),
    RECVBENCH_ENTRY(WSAEOPNOTSUPP, "operation not supported", std::errc::operation_not_supported),
    RECVBENCH_ENTRY(WSAEPFNOSUPPORT, "protocol family not supported", none),
    RECVBENCH_ENTRY(WSAEAFNOSUPPORT, "address family not supported", std::errc::address_family_not_supported),
    RECVBENCH_ENTRY(WSAEADDRINUSE, "address already in use", std::errc::address_in_use),
    RECVBENCH_ENTRY(WSAEADDRNOTAVAIL, "address not available here", std::errc::address_not_available),
    RECVBENCH_ENTRY(WSAENETDOWN, "network is down", std::errc::network_down),
    RECVBENCH_ENTRY(WSAENETUNREACH, "network unreachable", std::errc::network_unreachable),
    RECVBENCH_ENTRY(WSAENETRESET, "connection dropped by keep-alive or an expired TTL",
                    std::errc::network_reset),
    RECVBENCH_ENTRY(WSAECONNABORTED, "connection aborted by this host", std::errc::connection_aborted),
    RECVBENCH_ENTRY(WSAECONNRESET, "connection reset by the remote host", std::errc::connection_reset),
    RECVBENCH_ENTRY(WSAENOBUFS, "no buffer space", std::errc::no_buffer_space),
    RECVBENCH_ENTRY(WSAEISCONN, "already connected", std::errc::already_connected),
    RECVBENCH_ENTRY(WSAENOTCONN, "not connected", std::errc::not_connected),
    RECVBENCH_ENTRY(WSAESHUTDOWN, "that direction was shut down", std::errc::broken_pipe),
    RECVBENCH_ENTRY(WSAETIMEDOUT, "timed out", std::errc::timed_out),
    RECVBENCH_ENTRY(WSAECONNREFUSED, "connection refused", std::errc::connection_refused),
    RECVBENCH_ENTRY(WSAEHOSTDOWN, "host is down", std::errc::host_unreachable),
    RECVBENCH_ENTRY(WSAEHOSTUNREACH, "host unreachable", std::errc::host_unreachable),
    RECVBENCH_ENTRY(WSAEPROCLIM, "too many processes use Winsock", none),
    RECVBENCH_ENTRY(WSASYSNOTREADY, "the network subsystem is not ready", none),
    RECVBENCH_ENTRY(WSAVERNOTSUPPORTED, "Winsock version not supported", none),
    RECVBENCH_ENTRY(WSANOTINITIALISED, "WSAStartup was not called", none),
    RECVBENCH_ENTRY(WSAEDISCON, "graceful shutdown in progress", none),
    RECVBENCH_ENTRY(WSAECANCELLED, "the call was cancelled", std::errc::operation_canceled),
    RECVBENCH_ENTRY(WSATYPE_NOT_FOUND, "service not known", none),
    RECVBENCH_ENTRY(WSA_E_CANCELLED, "the call was cancelled", std::errc::operation_canceled),
    RECVBENCH_ENTRY(WSAHOST_NOT_FOUND, "host not found", none),
    RECVBENCH_ENTRY(WSATRY_AGAIN, "host not found for now (the name server did not answer)", none),
    RECVBENCH_ENTRY(WSANO_RECOVERY, "name resolution failed for good", none),
    RECVBENCH_ENTRY(WSANO_DATA, "the name has no address of the wanted kind", none),
};
#undef RECVBENCH_ENTRY

const Entry* find(int code) noexcept {
  const auto* entry = std::find_if(std::begin(entries), std::end(entries),
                                   [code](const Entry& candidate) { return candidate.code == code; });
  return entry == std::end(entries) ? nullptr : entry;
}

class SocketCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "socket"; }
  std::string message(int code) const override {
    if (const Entry* entry = find(code)) {
      return std::string(entry->name) + " (" + std::to_string(code) + "): " + entry->text;
    }
    return socket_error_name(code) + ": " + std::system_category().message(code);
  }
  std::error_condition default_error_condition(int code) const noexcept override {
    if (code == 0) return {};
    const Entry* entry = find(code);
    if (entry == nullptr || entry->condition == none) return {code, *this};
    return std::make_error_condition(entry->condition);
  }
};

// The Win32 code that a socket's completion carries in GetLastError, as the code that the same event has
// elsewhere.
int as_socket_code(int code) noexcept {
  switch (code) {
    case ERROR_NETNAME_DELETED:
    case ERROR_PORT_UNREACHABLE:  // UDP: an earlier send met a closed port
      return WSAECONNRESET;
    case ERROR_CONNECTION_ABORTED:
      return WSAECONNABORTED;
    case ERROR_CONNECTION_REFUSED:
      return WSAECONNREFUSED;
    case ERROR_SEM_TIMEOUT:
      return WSAETIMEDOUT;
    case ERROR_NETWORK_UNREACHABLE:
      return WSAENETUNREACH;
    case ERROR_HOST_UNREACHABLE:
      return WSAEHOSTUNREACH;
    case ERROR_MORE_DATA:
      return WSAEMSGSIZE;
    default:
      return code;
  }
}

}  // namespace

const std::error_category& socket_category() noexcept {
  static const SocketCategory category;
  return category;
}

std::error_code socket_error(int code) noexcept {
  return {as_socket_code(code), socket_category()};
}

std::error_code last_socket_error() noexcept {
  return socket_error(WSAGetLastError());
}

std::error_code last_system_error() noexcept {
  return {static_cast<int>(GetLastError()), socket_category()};
}

std::error_code canceled_error() noexcept {
  return socket_error(WSA_OPERATION_ABORTED);
}

std::error_code timed_out_error() noexcept {
  return socket_error(WSAETIMEDOUT);
}

std::error_code resolver_error(int code) noexcept {
  return socket_error(code);
}

bool would_block(const std::error_code& error) noexcept {
  return error.category() == socket_category() && error.value() == WSAEWOULDBLOCK;
}

std::string socket_error_name(int code) {
  const Entry* entry = find(code);
  return entry ? entry->name : "error " + std::to_string(code);
}

}  // namespace recvbench
