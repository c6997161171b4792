// The socket under an emulated request queue: the Winsock calls that stand for its requests.
//
//   stream     WSARecv, WSASend
//   datagram   WSARecvMsg, which also has the sender, the control data and the flags; WSASend
#pragma once

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>

#include "engines/winsock/rio/abi.h"
#include "engines/winsock/socket_identity.h"

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
  bool is_gone() const { return identity_.is_gone(SocketIdentity(socket_)); }

 private:
  const SOCKET socket_;
  const LPFN_WSARECVMSG receive_message_;  // null = a stream
  const SocketIdentity identity_;
};

}  // namespace recvbench
