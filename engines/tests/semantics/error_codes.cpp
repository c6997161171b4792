// What WSARecv says of sockets and arguments it cannot work with.
#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class ErrorCodes : public WinsockTest {
 protected:
  std::string receive_from(NativeSocket socket) {
    std::vector<char> buffer(16);
    return describe(receive(socket, buffer));
  }
};

// A page that can be neither read nor written.
class ForbiddenPage {
 public:
  ForbiddenPage() : address_(VirtualAlloc(nullptr, size, MEM_COMMIT | MEM_RESERVE, PAGE_NOACCESS)) {
    if (address_ == nullptr) throw_error(last_system_error(), "VirtualAlloc");
  }
  ~ForbiddenPage() { VirtualFree(address_, 0, MEM_RELEASE); }
  ForbiddenPage(const ForbiddenPage&) = delete;
  ForbiddenPage& operator=(const ForbiddenPage&) = delete;
  void* address() const { return address_; }

  static constexpr ULONG size = 4096;

 private:
  void* address_;
};

constexpr const char* bad_buffers =
    "The lpBuffers parameter is not completely contained in a valid part of the user address space";

// Not in the fixture: no NetworkSession lives here.
TEST(WithoutWsaStartup, ReceiveIsNotInitialised) {
  Documented sentence({"WSARecv", "A successful WSAStartup call must occur before using this function",
                       "WSANOTINITIALISED", on_wine("WSAENOTSOCK")});
  std::vector<char> buffer(16);
  EXPECT_TRUE(sentence.matches(describe(receive(INVALID_SOCKET, buffer))));
}

TEST_F(ErrorCodes, InvalidSocket) {
  Documented sentence({"WSARecv", "The descriptor is not a socket", "WSAENOTSOCK"});
  EXPECT_TRUE(sentence.matches(receive_from(INVALID_SOCKET)));
}

TEST_F(ErrorCodes, EventIsNoSocket) {
  Documented sentence({"WSARecv", "The descriptor is not a socket", "WSAENOTSOCK"});
  const Event event;
  EXPECT_TRUE(sentence.matches(receive_from(reinterpret_cast<NativeSocket>(event.handle()))));
}

TEST_F(ErrorCodes, ClosedSocket) {
  Documented sentence({"WSARecv", "The descriptor is not a socket", "WSAENOTSOCK"});
  Socket socket = open_tcp(AddressFamily::ipv4);
  const NativeSocket closed = socket.native();
  socket.close();
  EXPECT_TRUE(sentence.matches(receive_from(closed)));
}

TEST_F(ErrorCodes, UnconnectedStream) {
  Documented sentence({"WSARecv", "The socket is not connected", "WSAENOTCONN"});
  const Socket socket = open_tcp(AddressFamily::ipv4);
  set_receive_timeout(socket, patience_ms);
  EXPECT_TRUE(sentence.matches(receive_from(socket.native())));
}

TEST_F(ErrorCodes, UnconnectedStreamOverlapped) {
  Documented sentence({"WSARecv", "The socket is not connected", "WSAENOTCONN"});
  const Socket socket = open_tcp(AddressFamily::ipv4);
  PendingReceive receive;
  EXPECT_TRUE(sentence.matches(describe(receive.post(socket))));
}

constexpr const char* no_indication =
    "Any other error code indicates that the overlapped operation was not successfully initiated and no "
    "completion indication will occur";

TEST_F(ErrorCodes, FailedCallSignalsNoEvent) {
  Documented sentence({"WSARecv", no_indication, "WSAENOTCONN, event not signalled"});
  const Socket socket = open_tcp(AddressFamily::ipv4);
  PendingReceive receive;
  const std::string posted = describe(receive.post(socket));
  EXPECT_TRUE(
      sentence.matches(posted + (receive.signalled() ? ", event signalled" : ", event not signalled")));
}

TEST_F(ErrorCodes, FailedCallSchedulesNoRoutine) {
  Documented sentence({"WSARecv", no_indication, "WSAENOTCONN, 0 runs"});
  const Socket socket = open_tcp(AddressFamily::ipv4);
  RoutineReceive receive;
  const std::string posted = describe(receive.post(socket));
  SleepEx(0, TRUE);
  EXPECT_TRUE(sentence.matches(posted + ", " + std::to_string(receive.runs()) + " runs"));
}

TEST_F(ErrorCodes, FailedCallQueuesNoPacket) {
  Documented sentence({"WSARecv", no_indication, "WSAENOTCONN, no packet"});
  const Socket socket = open_tcp(AddressFamily::ipv4);
  Port port;
  port.associate(socket);
  PendingReceive receive;
  const std::string posted = describe(receive.post(socket));
  port.post(0, 1, nullptr);  // packets come first in, first out: one for the receive would stand before it
  EXPECT_TRUE(sentence.matches(posted + (port.take().key == 1 ? ", no packet" : ", a packet")));
}

TEST_F(ErrorCodes, UnboundDatagramSocket) {
  Documented sentence({"WSARecv", "The socket has not been bound (for example, with bind)", "WSAEINVAL",
                       on_wine("WSAETIMEDOUT")});
  const Socket socket = open_udp(AddressFamily::ipv4);
  set_receive_timeout(socket, watch_ms);
  EXPECT_TRUE(sentence.matches(receive_from(socket.native())));
}

TEST_F(ErrorCodes, UnboundDatagramSocketOverlapped) {
  Documented sentence({"WSARecv", "The socket has not been bound (for example, with bind)", "WSAEINVAL",
                       on_wine("WSA_IO_PENDING")});
  const Socket socket = open_udp(AddressFamily::ipv4);
  PendingReceive receive;
  EXPECT_TRUE(sentence.matches(describe(receive.post(socket))));
}

TEST_F(ErrorCodes, BufferOutsideTheAddressSpace) {
  Documented sentence({"WSARecv", bad_buffers, "WSAEFAULT"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  const ForbiddenPage page;
  WSABUF buffer{ForbiddenPage::size, static_cast<char*>(page.address())};
  EXPECT_TRUE(sentence.matches(describe(receive(pair.accepted.native(), &buffer, 1))));
}

TEST_F(ErrorCodes, BufferArrayOutsideTheAddressSpace) {
  Documented sentence({"WSARecv", bad_buffers, "WSAEFAULT"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  const ForbiddenPage page;
  EXPECT_TRUE(
      sentence.matches(describe(receive(pair.accepted.native(), static_cast<WSABUF*>(page.address()), 1))));
}

TEST_F(ErrorCodes, ByteCountMayNotBeNullWithoutOverlapped) {
  Documented sentence({"WSARecv", "This parameter can be NULL only if the lpOverlapped parameter is not NULL",
                       "WSAEFAULT", on_wine("success")});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  char data[16];
  WSABUF buffer{sizeof data, data};
  DWORD flags = 0;
  const int returned = WSARecv(pair.accepted.native(), &buffer, 1, nullptr, &flags, nullptr, nullptr);
  EXPECT_TRUE(sentence.matches(returned == 0 ? "success" : error_text(WSAGetLastError())));
}

TEST_F(ErrorCodes, ShutDownForReceiving) {
  Documented sentence(
      {"WSARecv",
       "it is not possible to call WSARecv on a socket after shutdown has been invoked with how set to "
       "SD_RECEIVE or SD_BOTH",
       "WSAESHUTDOWN"});
  const SocketPair pair = blocking_pair();
  ASSERT_EQ(shutdown(pair.accepted.native(), SD_RECEIVE), 0);
  EXPECT_TRUE(sentence.matches(receive_from(pair.accepted.native())));
}

TEST_F(ErrorCodes, ShutDownForBothOverlapped) {
  Documented sentence(
      {"WSARecv",
       "it is not possible to call WSARecv on a socket after shutdown has been invoked with how set to "
       "SD_RECEIVE or SD_BOTH",
       "WSAESHUTDOWN"});
  const SocketPair pair = connected_pair();
  shutdown_both(pair.accepted);
  PendingReceive receive;
  EXPECT_TRUE(sentence.matches(describe(receive.post(pair.accepted))));
}

TEST_F(ErrorCodes, NonBlockingSocketWithoutData) {
  Documented sentence(
      {"WSARecv",
       "Nonoverlapped sockets: The socket is marked as nonblocking and the receive operation cannot be "
       "completed immediately",
       "WSAEWOULDBLOCK"});
  const SocketPair pair = connected_pair();
  set_nonblocking(pair.accepted, true);
  EXPECT_TRUE(sentence.matches(receive_from(pair.accepted.native())));
}

TEST_F(ErrorCodes, NonBlockingDoesNotApplyToOverlapped) {
  Documented sentence({"WSARecv",
                       "WSAEWOULDBLOCK ... Nonoverlapped sockets: The socket is marked as nonblocking",
                       "WSA_IO_PENDING, then 5 bytes"});
  const SocketPair pair = connected_pair();
  set_nonblocking(pair.accepted, true);
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  send_text(pair.connected, "hello");
  EXPECT_TRUE(sentence.matches(posted + ", then " + describe(receive.finish())));
}

TEST_F(ErrorCodes, ReceiveTimeoutDoesNotApplyToANonBlockingSocket) {
  Documented sentence(
      {"WSARecv", "SO_RCVTIMEO and SO_SNDTIMEO apply only to blocking sockets", "WSAEWOULDBLOCK"});
  const SocketPair pair = connected_pair();
  set_receive_timeout(pair.accepted, patience_ms);
  set_nonblocking(pair.accepted, true);
  EXPECT_TRUE(sentence.matches(receive_from(pair.accepted.native())));
}

TEST_F(ErrorCodes, ReceiveTimeoutOnABlockingSocket) {
  Documented sentence(
      {"WSARecv", "SO_RCVTIMEO and SO_SNDTIMEO apply only to blocking sockets", "WSAETIMEDOUT"});
  const SocketPair pair = connected_pair();
  set_receive_timeout(pair.accepted, 50);
  EXPECT_TRUE(sentence.matches(receive_from(pair.accepted.native())));
}

TEST_F(ErrorCodes, ReceiveTimeoutDoesNotApplyToOverlapped) {
  Documented sentence({"WSARecv", "SO_RCVTIMEO and SO_SNDTIMEO apply only to blocking sockets",
                       "WSA_IO_PENDING past the time, then 5 bytes"});
  const SocketPair pair = connected_pair();
  set_receive_timeout(pair.accepted, 50);
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  EXPECT_FALSE(receive.signalled(watch_ms));
  send_text(pair.connected, "hello");
  EXPECT_TRUE(sentence.matches(posted + " past the time, then " + describe(receive.finish())));
}

}  // namespace
}  // namespace recvbench
