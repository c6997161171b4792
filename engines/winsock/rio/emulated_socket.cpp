// Requests as overlapped calls.
#include "engines/winsock/rio/emulated_socket.h"

#include <algorithm>
#include <cstddef>

#include "platform/error.h"

namespace recvbench {
namespace {

// Null for a stream.
LPFN_WSARECVMSG message_call(SOCKET socket) {
  int type = 0;
  int size = sizeof(type);
  if (getsockopt(socket, SOL_SOCKET, SO_TYPE, reinterpret_cast<char*>(&type), &size) != 0) {
    throw_error(last_socket_error(), "getsockopt", "SO_TYPE");
  }
  if (type == SOCK_STREAM) return nullptr;
  if (type != SOCK_DGRAM) {
    throw_error(socket_error(WSAEOPNOTSUPP), "RIOCreateRequestQueue",
                "a socket of type " + std::to_string(type));
  }
  GUID id = WSAID_WSARECVMSG;
  LPFN_WSARECVMSG call = nullptr;
  DWORD bytes = 0;
  if (WSAIoctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof(id), &call, sizeof(call), &bytes,
               nullptr, nullptr) != 0) {
    throw_error(last_socket_error(), "WSAIoctl", "SIO_GET_EXTENSION_FUNCTION_POINTER, WSARecvMsg");
  }
  return call;
}

void write_address(SOCKADDR_INET* to, const sockaddr_storage& address) {
  if (to != nullptr) std::memcpy(to, &address, sizeof(*to));
}

template <class Ask>
void write_name(SOCKADDR_INET* to, SOCKET socket, Ask ask) {
  sockaddr_storage name{};
  int bytes = sizeof(name);
  if (to != nullptr && ask(socket, reinterpret_cast<sockaddr*>(&name), &bytes) == 0) write_address(to, name);
}

}  // namespace

EmulatedSocket::EmulatedSocket(SOCKET socket)
    : socket_(socket), receive_message_(message_call(socket)), identity_(socket) {}

int EmulatedSocket::receive(EmulatedOperation& operation) {
  int result = 0;
  if (is_datagram()) {
    WSAMSG& message = operation.message;
    message = {};
    message.name = reinterpret_cast<sockaddr*>(&operation.sender);
    message.namelen = sizeof(operation.sender);
    message.lpBuffers = &operation.buffer;
    message.dwBufferCount = 1;
    if (operation.details.control_bytes > rio::control_base_size) {
      message.Control.buf = reinterpret_cast<char*>(operation.details.control) + rio::control_base_size;
      message.Control.len = operation.details.control_bytes - rio::control_base_size;
    }
    result = receive_message_(socket_, &message, nullptr, &operation, nullptr);
  } else {
    DWORD flags = 0;
    result = WSARecv(socket_, &operation.buffer, 1, nullptr, &flags, &operation, nullptr);
  }
  if (result == 0) return 0;
  const int error = WSAGetLastError();
  // A datagram that was there and did not fit: a warning to the I/O manager, which reports it at once and by
  // a completion as well.
  constexpr ULONG_PTR status_buffer_overflow = 0x80000005;
  const bool truncated = error == WSAEMSGSIZE && operation.Internal == status_buffer_overflow;
  return error == WSA_IO_PENDING || truncated ? 0 : error;
}

int EmulatedSocket::send(EmulatedOperation& operation) {
  if (WSASend(socket_, &operation.buffer, 1, nullptr, 0, &operation, nullptr) == 0) return 0;
  const int error = WSAGetLastError();
  return error == WSA_IO_PENDING ? 0 : error;
}

void EmulatedSocket::write_details(const EmulatedOperation& operation, LONG status) const {
  const EmulatedDetails& to = operation.details;
  ULONG flags = 0;
  ULONG control_bytes = rio::control_base_size;
  write_name(to.local, socket_, getsockname);
  if (is_datagram()) {
    write_address(to.remote, operation.sender);
    control_bytes += operation.message.Control.len;
    // Wine leaves MSG_TRUNC to the status.
    flags = operation.message.dwFlags | (status == WSAEMSGSIZE ? MSG_TRUNC : 0);
  } else {
    write_name(to.remote, socket_, getpeername);
  }
  if (to.control != nullptr) to.control->total_length = std::min(control_bytes, to.control_bytes);
  if (to.flags != nullptr) *to.flags = flags;
}

}  // namespace recvbench
