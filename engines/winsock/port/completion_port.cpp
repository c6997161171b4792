// Completion ports by their documented calls.
#include "engines/winsock/port/completion_port.h"

#include <string>

#include "platform/error.h"

namespace recvbench {
namespace {

HANDLE as_handle(const Socket& socket) {
  return reinterpret_cast<HANDLE>(socket.native());
}

// A stream, and a handle of the system's, whose I/O is the system's affair alone.
void require_system_stream(const Socket& socket) {
  WSAPROTOCOL_INFOW provider{};
  int size = sizeof provider;
  if (getsockopt(socket.native(), SOL_SOCKET, SO_PROTOCOL_INFOW, reinterpret_cast<char*>(&provider), &size) !=
      0) {
    throw_error(last_socket_error(), "getsockopt", "SO_PROTOCOL_INFO");
  }
  if ((provider.dwServiceFlags1 & XP1_IFS_HANDLES) == 0) {
    throw_error(std::make_error_code(std::errc::operation_not_supported),
                "FILE_SKIP_COMPLETION_PORT_ON_SUCCESS", "a provider without XP1_IFS_HANDLES");
  }
  if (provider.iSocketType != SOCK_STREAM) {
    throw_error(std::make_error_code(std::errc::operation_not_supported),
                "FILE_SKIP_COMPLETION_PORT_ON_SUCCESS", "a datagram socket");
  }
}

}  // namespace

CompletionPort::CompletionPort(DWORD concurrency)
    : handle_(CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, concurrency)) {
  if (!handle_) throw_error(last_system_error(), "CreateIoCompletionPort", "new port");
}

CompletionPort::~CompletionPort() {
  CloseHandle(handle_);
}

void CompletionPort::associate(const Socket& socket, ULONG_PTR key) {
  associate(as_handle(socket), "socket " + std::to_string(socket.native()), key);
}

void CompletionPort::associate(HANDLE file, std::string_view name, ULONG_PTR key) {
  if (!CreateIoCompletionPort(file, handle_, key, 0)) {
    throw_error(last_system_error(), "CreateIoCompletionPort", name);
  }
}

bool CompletionPort::post(ULONG_PTR key, DWORD number) noexcept {
  return PostQueuedCompletionStatus(handle_, number, key, nullptr) != 0;
}

void skip_on_success(const Socket& socket) {
  require_system_stream(socket);
  constexpr UCHAR modes = FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE;
  if (!SetFileCompletionNotificationModes(as_handle(socket), modes)) {
    throw_error(last_system_error(), "SetFileCompletionNotificationModes",
                "socket " + std::to_string(socket.native()));
  }
}

std::span<const OVERLAPPED_ENTRY> OneAtATime::take() {
  const BOOL succeeded = GetQueuedCompletionStatus(port_.handle(), &packet_.dwNumberOfBytesTransferred,
                                                   &packet_.lpCompletionKey, &packet_.lpOverlapped, INFINITE);
  // FALSE with an OVERLAPPED is the operation's failure, which stands in there as well; without one it is the
  // call's own.
  if (!succeeded && !packet_.lpOverlapped) throw_error(last_system_error(), "GetQueuedCompletionStatus");
  return {&packet_, 1};
}

std::span<const OVERLAPPED_ENTRY> InBatches::take_within(DWORD milliseconds) {
  ULONG count = 0;
  constexpr BOOL alertable = FALSE;
  if (!GetQueuedCompletionStatusEx(port_.handle(), packets_.data(), static_cast<ULONG>(packets_.size()),
                                   &count, milliseconds, alertable)) {
    if (GetLastError() == WAIT_TIMEOUT) return {};
    throw_error(last_system_error(), "GetQueuedCompletionStatusEx", std::to_string(packets_.size()));
  }
  return std::span(packets_).first(count);
}

std::error_code error_of(const OVERLAPPED_ENTRY& packet, NativeSocket socket) {
  if (!failed(packet)) return {};
  // Not GetLastError: after GetQueuedCompletionStatusEx it says nothing of any entry.
  DWORD bytes = 0;
  DWORD flags = 0;
  constexpr BOOL wait = FALSE;
  if (WSAGetOverlappedResult(socket, packet.lpOverlapped, &bytes, wait, &flags)) return {};
  return last_socket_error();
}

}  // namespace recvbench
