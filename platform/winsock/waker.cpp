// A waker by UDP over loopback, connected to itself: one socket instead of a TCP pair, and Winsock drops
// datagrams that any other sender addresses to it.
#include "platform/waker.h"

#include <winsock2.h>

#include "platform/error.h"

namespace recvbench {

Waker::Waker() : native_(no_socket) {
  Socket socket = open_udp(AddressFamily::ipv4);
  bind_socket(socket, Address::loopback(AddressFamily::ipv4));
  const Address self = local_address(socket);
  if (connect(socket.native(), static_cast<const sockaddr*>(self.data()), static_cast<int>(self.size())) !=
      0) {
    throw_error(last_socket_error(), "connect", self.to_string());
  }
  set_nonblocking(socket, true);
  native_ = socket.release();
}

Waker::~Waker() {
  closesocket(native_);
}

void Waker::signal() noexcept {
  // Fails only for want of buffer space, where signals that were not cleared yet fill it: it is readable then
  // as well.
  const char token = 0;
  send(native_, &token, sizeof token, 0);
}

void Waker::clear() noexcept {
  char token = 0;
  while (recv(native_, &token, sizeof token, 0) > 0) {
  }
}

}  // namespace recvbench
