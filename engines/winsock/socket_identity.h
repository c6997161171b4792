// Tells a socket from another that got the same handle later. closesocket tells nobody in user mode, so the
// emulations find out by asking when it matters.
#pragma once

#include <winsock2.h>

#include <cstddef>
#include <cstring>

namespace recvbench {

class SocketIdentity {
 public:
  explicit SocketIdentity(SOCKET socket) : local_(socket, getsockname), peer_(socket, getpeername) {}

  // The socket this was taken from is closed. A connection that was reset keeps its own address.
  bool is_gone(const SocketIdentity& now) const {
    return local_.known() && (!(now.local_ == local_) || (now.peer_.known() && !(now.peer_ == peer_)));
  }

 private:
  struct Name {
    template <class Ask>
    Name(SOCKET socket, Ask ask) {
      if (ask(socket, reinterpret_cast<sockaddr*>(&address), &bytes) != 0) bytes = 0;
    }
    bool known() const { return bytes != 0; }
    bool operator==(const Name& other) const {
      return bytes == other.bytes &&
             std::memcmp(&address, &other.address, static_cast<std::size_t>(bytes)) == 0;
    }

    sockaddr_storage address{};
    int bytes = sizeof(address);
  };

  Name local_;
  Name peer_;
};

}  // namespace recvbench
