// A socket that one thread makes readable so that another's select or WSAPoll returns: those calls wait for
// sockets and for nothing else.
#pragma once

#include <winsock2.h>

#include "platform/error.h"
#include "platform/socket.h"

namespace recvbench {

// UDP over loopback, connected to itself: one socket instead of a TCP pair, and Winsock drops datagrams that
// any other sender addresses to it.
class WakeSocket {
 public:
  WakeSocket() : socket_(open_udp(AddressFamily::ipv4)) {
    bind_socket(socket_, Address::loopback(AddressFamily::ipv4));
    const Address self = local_address(socket_);
    if (connect(socket_.native(), static_cast<const sockaddr*>(self.data()), static_cast<int>(self.size())) !=
        0) {
      throw_error(last_socket_error(), "connect", self.to_string());
    }
    set_nonblocking(socket_, true);
  }

  NativeSocket native() const { return socket_.native(); }

  // Any thread. Readable from now until clear(). The send can only fail for want of buffer space, where
  // signals that were not cleared yet fill it: the socket is readable then as well.
  void signal() noexcept {
    const char token = 0;
    send(socket_.native(), &token, sizeof token, 0);
  }

  // The waiting thread.
  void clear() noexcept {
    char token = 0;
    while (recv(socket_.native(), &token, sizeof token, 0) > 0) {
    }
  }

 private:
  Socket socket_;
};

}  // namespace recvbench
