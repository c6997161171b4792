// How a connection's end is seen: graceful as zero bytes, abortive as WSAECONNRESET.
#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class Closing : public WinsockTest {};

constexpr const char* graceful =
    "zero bytes having been read (as indicated by a zero return value to indicate success, and "
    "lpNumberOfBytesRecvd "
    "value of zero) indicates graceful closure and that no more bytes will ever be read";
constexpr const char* abortive =
    "In any case a return error code of WSAECONNRESET indicates an abortive close has occurred";

// Under Wine a reset that meets no pending receive is lost: the wineserver has taken the error off the socket
// before the next receive asks for it. One that meets a pending receive arrives.
void reset(SocketPair& pair) {
  set_abortive_close(pair.connected);
  pair.connected.close();
}

// The same, and waits until the reset is reported as readiness.
void reset_and_see(SocketPair& pair) {
  reset(pair);
  EXPECT_TRUE(wait_readable(pair.accepted.native(), patience));
}

TEST_F(Closing, GracefulIsZeroBytes) {
  Documented sentence({"WSARecv", graceful, "0 bytes"});
  SocketPair pair = blocking_pair();
  pair.connected.close();
  std::vector<char> buffer(16);
  EXPECT_TRUE(sentence.matches(describe(receive(pair.accepted.native(), buffer))));
}

TEST_F(Closing, GracefulComesAfterTheData) {
  Documented sentence({"WSARecv", graceful, "5 bytes, 0 bytes, 0 bytes"});
  SocketPair pair = blocking_pair();
  send_text(pair.connected, "hello");
  pair.connected.close();
  std::vector<char> buffer(16);
  std::string seen = describe(receive(pair.accepted.native(), buffer));
  seen += ", " + describe(receive(pair.accepted.native(), buffer));
  seen += ", " + describe(receive(pair.accepted.native(), buffer));
  EXPECT_TRUE(sentence.matches(seen));
}

TEST_F(Closing, GracefulCompletesAPendingReceiveWithZeroBytes) {
  Documented sentence({"WSARecv", graceful, "0 bytes"});
  SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  pair.connected.close();
  EXPECT_TRUE(sentence.matches(describe(receive.finish())));
}

TEST_F(Closing, GracefulCompletesEveryPendingReceive) {
  Documented sentence({"WSARecv", graceful, "0 bytes, 0 bytes"});
  SocketPair pair = connected_pair();
  PendingReceive first;
  PendingReceive second;
  ASSERT_EQ(describe(first.post(pair.accepted)), "WSA_IO_PENDING");
  ASSERT_EQ(describe(second.post(pair.accepted)), "WSA_IO_PENDING");
  pair.connected.close();
  const std::string seen = describe(first.finish());
  EXPECT_TRUE(sentence.matches(seen + ", " + describe(second.finish())));
}

TEST_F(Closing, GracefulReachesTheRoutineWithoutError) {
  Documented sentence({"WSARecv", graceful, "0 bytes"});
  SocketPair pair = connected_pair();
  RoutineReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  pair.connected.close();
  ASSERT_TRUE(wait_alertably_until([&] { return receive.runs() > 0; }));
  EXPECT_TRUE(sentence.matches(describe(receive.outcome())));
}

TEST_F(Closing, GracefulReachesThePortAsSuccess) {
  Documented sentence({"WSARecv", graceful, "success, 0 bytes"});
  SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted);
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  pair.connected.close();
  const Packet packet = port.take();
  ASSERT_TRUE(packet.dequeued);
  EXPECT_TRUE(sentence.matches((packet.succeeded ? "success, " : "failure, ") + std::to_string(packet.bytes) +
                               " bytes"));
}

TEST_F(Closing, HalfClosedSocketStillReceives) {
  Documented sentence(
      {"Getting started with Winsock",
       "shutdown can be called specifying SD_SEND to shutdown the sending side of the socket ... The "
       "client application can still receive data on the socket",
       "peer 0 bytes, then 5 bytes"});
  const SocketPair pair = blocking_pair();
  shutdown_send(pair.accepted);
  std::vector<char> buffer(16);
  const std::string peer = describe(receive(pair.connected.native(), buffer));
  send_text(pair.connected, "hello");
  EXPECT_TRUE(
      sentence.matches("peer " + peer + ", then " + describe(receive(pair.accepted.native(), buffer))));
}

TEST_F(Closing, AbortiveIsConnectionReset) {
  Documented sentence({"WSARecv", abortive, "WSAECONNRESET", on_wine("0 bytes")});
  SocketPair pair = blocking_pair();
  reset(pair);
  std::vector<char> buffer(16);
  EXPECT_TRUE(sentence.matches(describe(receive(pair.accepted.native(), buffer))));
}

TEST_F(Closing, AbortiveIsConnectionResetAfterReadiness) {
  Documented sentence({"WSARecv", abortive, "WSAECONNRESET", on_wine("0 bytes")});
  SocketPair pair = blocking_pair();
  reset_and_see(pair);
  std::vector<char> buffer(16);
  EXPECT_TRUE(sentence.matches(describe(receive(pair.accepted.native(), buffer))));
}

TEST_F(Closing, AbortiveCompletesAPendingReceiveWithConnectionReset) {
  Documented sentence({"WSARecv", abortive, "WSAECONNRESET"});
  SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  reset(pair);
  EXPECT_TRUE(sentence.matches(describe(receive.finish())));
}

TEST_F(Closing, AbortiveIsForEveryReceiveAfter) {
  Documented sentence({"WSARecv",
                       "the virtual circuit was reset by the remote side. The application should close the "
                       "socket as it is no longer usable",
                       "WSAECONNRESET, then WSAECONNRESET", on_wine("WSAECONNRESET, then 0 bytes")});
  SocketPair pair = blocking_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  reset(pair);
  const std::string pending = describe(receive.finish());
  std::vector<char> buffer(16);
  EXPECT_TRUE(
      sentence.matches(pending + ", then " + describe(recvbench::receive(pair.accepted.native(), buffer))));
}

TEST_F(Closing, AbortiveCompletesEveryPendingReceive) {
  Documented sentence({"WSARecv", abortive, "WSAECONNRESET, WSAECONNRESET"});
  SocketPair pair = connected_pair();
  PendingReceive first;
  PendingReceive second;
  ASSERT_EQ(describe(first.post(pair.accepted)), "WSA_IO_PENDING");
  ASSERT_EQ(describe(second.post(pair.accepted)), "WSA_IO_PENDING");
  reset(pair);
  const std::string seen = describe(first.finish());
  EXPECT_TRUE(sentence.matches(seen + ", " + describe(second.finish())));
}

TEST_F(Closing, GracefulIsSeenAtOnceByAnOverlappedReceive) {
  Documented sentence({"WSARecv", graceful, "0 bytes, event signalled"});
  SocketPair pair = connected_pair();
  pair.connected.close();
  ASSERT_TRUE(wait_readable(pair.accepted.native(), patience));
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  EXPECT_TRUE(
      sentence.matches(posted + (receive.signalled() ? ", event signalled" : ", event not signalled")));
}

TEST_F(Closing, AbortiveReachesTheRoutineAsConnectionReset) {
  Documented sentence({"WSARecv", "The dwError specifies the completion status for the overlapped operation",
                       "WSAECONNRESET"});
  SocketPair pair = connected_pair();
  RoutineReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  reset(pair);
  ASSERT_TRUE(wait_alertably_until([&] { return receive.runs() > 0; }));
  EXPECT_TRUE(sentence.matches(describe(receive.outcome())));
}

TEST_F(Closing, AbortiveFailsAnOverlappedReceiveAtOnce) {
  Documented sentence(
      {"WSARecv",
       "Any other error code indicates that the overlapped operation was not successfully initiated "
       "and no completion indication will occur",
       "WSAECONNRESET, no packet", on_wine("0 bytes, a packet")});
  SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted);
  reset_and_see(pair);
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  port.post(0, 1, nullptr);  // packets come first in, first out: one for the receive would stand before it
  EXPECT_TRUE(sentence.matches(posted + (port.take().key == 1 ? ", no packet" : ", a packet")));
}

TEST_F(Closing, AbortiveReachesThePortAsNetnameDeleted) {
  // The packet's status is an NTSTATUS; only WSAGetOverlappedResult turns it into the documented code.
  Documented sentence({"WSARecv", abortive, "ERROR_NETNAME_DELETED, WSAGetOverlappedResult WSAECONNRESET"});
  SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted);
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  reset(pair);
  const Packet packet = port.take();
  ASSERT_TRUE(packet.dequeued);
  const std::string error = packet.error == ERROR_NETNAME_DELETED ? "ERROR_NETNAME_DELETED"
                                                                  : "error " + std::to_string(packet.error);
  EXPECT_TRUE(sentence.matches(error + ", WSAGetOverlappedResult " + describe(receive.result())));
}

}  // namespace
}  // namespace recvbench
