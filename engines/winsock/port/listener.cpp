// AcceptEx, its errors and its end.
#include "engines/winsock/port/listener.h"

#include <string>
#include <utility>

#include "platform/error.h"

namespace recvbench {
namespace {

LPFN_ACCEPTEX find_accept_ex(const Socket& socket) {
  GUID id = WSAID_ACCEPTEX;
  LPFN_ACCEPTEX function = nullptr;
  DWORD bytes = 0;
  if (WSAIoctl(socket.native(), SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
               sizeof function, &bytes, nullptr, nullptr) != 0) {
    throw_error(last_socket_error(), "WSAIoctl", "SIO_GET_EXTENSION_FUNCTION_POINTER AcceptEx");
  }
  return function;
}

}  // namespace

PortListener::PortListener(Socket listener, const SocketOptions& options, CompletionPort& port, ULONG_PTR key,
                           Admission& admission, Add add)
    : listener_(std::move(listener)),
      options_(options),
      family_(local_address(listener_).family()),
      accept_ex_(find_accept_ex(listener_)),
      admission_(admission),
      add_(std::move(add)) {
  port.associate(listener_, key);
}

void PortListener::start() {
  for (auto& accept : accepts_) {
    accept.listener = this;
    post(accept);
  }
}

void PortListener::complete(const OVERLAPPED_ENTRY& packet) {
  auto& accept = static_cast<Accept&>(*packet.lpOverlapped);
  PortListener& self = *accept.listener;
  Socket socket = std::move(accept.socket);
  const auto error = error_of(packet, self.listener_.native());
  if (!error) {
    self.take(std::move(socket));
  } else if (!peer_left(error) && error != canceled_error()) {
    self.admission_.failed({error, "AcceptEx"});
  }
  self.go_on(accept);
}

void PortListener::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  // Once is enough: nothing is posted any more. Fails where nothing is in flight (ERROR_NOT_FOUND).
  CancelIoEx(reinterpret_cast<HANDLE>(listener_.native()), nullptr);
  all_home_.wait(lock, [this] { return in_flight_ == 0; });
}

// Empty where there will be a completion.
std::error_code PortListener::begin(Accept& accept) {
  DWORD bytes = 0;
  const BOOL at_once = accept_ex_(listener_.native(), accept.socket.native(), accept.addresses.data(), 0,
                                  address_bytes, address_bytes, &bytes, &accept);
  if (at_once || WSAGetLastError() == ERROR_IO_PENDING) return {};
  return last_socket_error();
}

// Does nothing where the listener is stopping. Throws std::system_error where there will be no completion.
void PortListener::post(Accept& accept) {
  accept.socket = open_tcp(family_, options_);
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  // A connection whose peer has left is taken from the backlog by the call that fails: on to the next one.
  std::error_code error = begin(accept);
  while (peer_left(error)) error = begin(accept);
  if (error) throw_error(error, "AcceptEx", "socket " + std::to_string(listener_.native()));
  ++in_flight_;  // its completion waits for the mutex
}

void PortListener::take(Socket socket) {
  try {
    // Until then the new socket knows neither its peer nor that it is connected (AcceptEx, Remarks).
    const SOCKET listener = listener_.native();
    if (setsockopt(socket.native(), SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                   reinterpret_cast<const char*>(&listener), sizeof listener) != 0) {
      throw_error(last_socket_error(), "setsockopt", "SO_UPDATE_ACCEPT_CONTEXT");
    }
    if (auto connection = admission_.admit(std::move(socket))) add_(std::move(connection));
  } catch (const std::system_error& error) {
    if (!peer_left(error.code())) admission_.failed(error);
  }
}

// The next accept in the place of this one.
void PortListener::go_on(Accept& accept) {
  try {
    post(accept);
  } catch (const std::system_error& error) {
    admission_.failed(error);
  }
  const std::lock_guard lock(mutex_);
  // This one has come home; post() has counted the next.
  if (--in_flight_ == 0) all_home_.notify_all();
}

}  // namespace recvbench
