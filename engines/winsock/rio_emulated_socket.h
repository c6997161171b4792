// The socket under an emulated request queue: the Winsock calls that stand for its requests.
//
//   stream     WSARecv, WSASend
//   datagram   WSARecvMsg, which also has the sender, the control data and the flags; WSASend
#pragma once

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>

#include <cstring>

#include "engines/winsock/rio_abi.h"

namespace recvbench {

// Where RIOReceiveEx returns what it has beside the data; null = not asked for. Each points into registered
// memory.
struct EmulatedDetails {
  SOCKADDR_INET* local = nullptr;
  SOCKADDR_INET* remote = nullptr;
  rio::ControlBuffer* control = nullptr;
  ULONG control_bytes = 0;
  ULONG* flags = nullptr;
};

// One call to the system, its OVERLAPPED in front. What it points to is the system's until it has completed.
struct EmulatedOperation : OVERLAPPED {
  WSABUF buffer{};
  EmulatedDetails details;
  WSAMSG message{};
  sockaddr_storage sender{};
};

class EmulatedSocket {
 public:
  // Throws std::system_error: WSAENOTSOCK, or WSAEOPNOTSUPP where it is neither a stream nor a datagram
  // socket.
  explicit EmulatedSocket(SOCKET socket);

  SOCKET native() const { return socket_; }
  bool is_datagram() const { return receive_message_ != nullptr; }

  // 0 = the completion comes through the port that the socket is associated with. A Winsock error = none
  // comes.
  int receive(EmulatedOperation& operation);
  int send(EmulatedOperation& operation);

  // A receive has completed: its details, to where they were asked for.
  void write_details(const EmulatedOperation& operation, LONG status) const;

  // closesocket tells nobody in user mode, so it is found out by asking when it matters.
  bool is_gone() const { return identity_.is_gone(Identity(socket_)); }

 private:
  // Tells a socket from another that got the same handle later.
  class Identity {
   public:
    explicit Identity(SOCKET socket) : local_(socket, getsockname), peer_(socket, getpeername) {}

    // The socket this was taken from is closed. A connection that was reset keeps its own address.
    bool is_gone(const Identity& now) const {
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

  const SOCKET socket_;
  const LPFN_WSARECVMSG receive_message_;  // null = a stream
  const Identity identity_;
};

}  // namespace recvbench
