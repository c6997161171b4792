// What shutdown leaves possible: after SD_SEND a socket still receives, after SD_RECEIVE no receive can be
// posted.
#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class Shutdown : public WinsockTest {};

constexpr const char* getting_started = "Getting started with Winsock";
constexpr const char* send_side =
    "shutdown can be called specifying SD_SEND to shutdown the sending side of the socket";
constexpr const char* still_receives = "The server application can still receive data on the socket";
constexpr const char* not_after =
    "it is not possible to call WSARecv on a socket after shutdown has been invoked with how set to "
    "SD_RECEIVE or SD_BOTH";

std::string shut(const Socket& socket, int how) {
  return shutdown(socket.native(), how) == 0 ? "success" : error_text(WSAGetLastError());
}
std::string send_byte(const Socket& socket) {
  return send(socket.native(), "x", 1, 0) == 1 ? "1 byte" : error_text(WSAGetLastError());
}

TEST_F(Shutdown, OfSendingEndsSending) {
  Documented sentence({getting_started, send_side, "success, send WSAESHUTDOWN"});
  const SocketPair pair = blocking_pair();
  const std::string done = shut(pair.accepted, SD_SEND);
  EXPECT_TRUE(sentence.matches(done + ", send " + send_byte(pair.accepted)));
}

TEST_F(Shutdown, OfSendingSparesAPendingReceive) {
  Documented sentence({getting_started, still_receives, "5 bytes"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  shutdown_send(pair.accepted);
  send_text(pair.connected, "hello");
  EXPECT_TRUE(sentence.matches(describe(receive.finish())));
}

TEST_F(Shutdown, OfSendingAllowsAnOverlappedReceive) {
  Documented sentence({getting_started, still_receives, "WSA_IO_PENDING, then 5 bytes"});
  const SocketPair pair = connected_pair();
  shutdown_send(pair.accepted);
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  send_text(pair.connected, "hello");
  EXPECT_TRUE(sentence.matches(posted + ", then " + describe(receive.finish())));
}

TEST_F(Shutdown, OfSendingSparesReceivesOnAPort) {
  Documented sentence({getting_started, still_receives, "packet of 5 bytes"});
  const SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted);
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  shutdown_send(pair.accepted);
  send_text(pair.connected, "hello");
  const Packet packet = port.take();
  EXPECT_TRUE(packet.succeeded);
  EXPECT_TRUE(sentence.matches("packet of " + std::to_string(packet.bytes) + " bytes"));
}

TEST_F(Shutdown, OfSendingLeavesDataSentBeforeToThePeer) {
  Documented sentence({getting_started,
                       "shutdown the send half of the connection since no more data will be sent",
                       "5 bytes, 0 bytes, 0 bytes"});
  const SocketPair pair = blocking_pair();
  send_text(pair.connected, "hello");
  shutdown_send(pair.connected);
  std::vector<char> buffer(16);
  std::string seen = describe(receive(pair.accepted.native(), buffer));
  seen += ", " + describe(receive(pair.accepted.native(), buffer));
  EXPECT_TRUE(sentence.matches(seen + ", " + describe(receive(pair.accepted.native(), buffer))));
}

TEST_F(Shutdown, OfBothSidesEndsSending) {
  Documented sentence({getting_started, send_side, "success, send WSAESHUTDOWN"});
  const SocketPair pair = blocking_pair();
  const std::string done = shut(pair.accepted, SD_BOTH);
  EXPECT_TRUE(sentence.matches(done + ", send " + send_byte(pair.accepted)));
}

TEST_F(Shutdown, OfReceivingLeavesSending) {
  Documented sentence(
      {getting_started, "shutdown: Disables sends or receives on a socket", "success, send 1 byte"});
  const SocketPair pair = blocking_pair();
  const std::string done = shut(pair.accepted, SD_RECEIVE);
  EXPECT_TRUE(sentence.matches(done + ", send " + send_byte(pair.accepted)));
}

TEST_F(Shutdown, OfReceivingRefusesAnOverlappedReceive) {
  Documented sentence({"WSARecv", not_after, "WSAESHUTDOWN, no packet"});
  const SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted);
  ASSERT_EQ(shut(pair.accepted, SD_RECEIVE), "success");
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  port.post(0, 1, nullptr);  // packets come first in, first out: one for the receive would stand before it
  EXPECT_TRUE(sentence.matches(posted + (port.take().key == 1 ? ", no packet" : ", a packet")));
}

TEST_F(Shutdown, OfReceivingRefusesARoutine) {
  Documented sentence({"WSARecv", not_after, "WSAESHUTDOWN, 0 runs"});
  const SocketPair pair = connected_pair();
  ASSERT_EQ(shut(pair.accepted, SD_RECEIVE), "success");
  RoutineReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  SleepEx(0, TRUE);
  EXPECT_TRUE(sentence.matches(posted + ", " + std::to_string(receive.runs()) + " runs"));
}

TEST_F(Shutdown, OfReceivingRefusesOnADatagramSocket) {
  Documented sentence({"WSARecv", not_after, "WSAESHUTDOWN"});
  const Socket receiver = bound_datagram_socket();
  set_receive_timeout(receiver, patience_ms);
  ASSERT_EQ(shut(receiver, SD_RECEIVE), "success");
  EXPECT_TRUE(sentence.matches(receive_text(receiver)));
}

// The sentence speaks of calls after shutdown: a receive that was posted before still gets its data.
TEST_F(Shutdown, OfReceivingSparesAPendingReceive) {
  Documented sentence({"WSARecv", not_after, "5 bytes, then WSAESHUTDOWN"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  ASSERT_EQ(shut(pair.accepted, SD_RECEIVE), "success");
  send_text(pair.connected, "hello");
  const std::string pending = describe(receive.finish());
  PendingReceive next;
  EXPECT_TRUE(sentence.matches(pending + ", then " + describe(next.post(pair.accepted))));
}

TEST_F(Shutdown, NeedsAConnection) {
  Documented sentence({"shutdown", "WSAENOTCONN: The socket is not connected",
                       "SD_SEND WSAENOTCONN, SD_RECEIVE WSAENOTCONN"});
  const Socket socket = open_tcp(AddressFamily::ipv4);
  const std::string sending = shut(socket, SD_SEND);
  EXPECT_TRUE(sentence.matches("SD_SEND " + sending + ", SD_RECEIVE " + shut(socket, SD_RECEIVE)));
}

TEST_F(Shutdown, QueuesNothingToThePort) {
  Documented sentence({"I/O Completion Ports",
                       "When an asynchronous I/O operation on one of these file handles completes, an I/O "
                       "completion packet is queued",
                       "no packet"});
  const SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted, 7);
  shutdown_both(pair.accepted);
  port.post(0, 1, nullptr);
  EXPECT_TRUE(sentence.matches(port.take().key == 1 ? "no packet" : "a packet"));
}

}  // namespace
}  // namespace recvbench
