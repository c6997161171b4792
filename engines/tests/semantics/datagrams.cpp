// Message-oriented receives: truncation, connected datagram sockets, unreachable ports.
#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class Datagrams : public WinsockTest {
 protected:
  void SetUp() override {
    receiver_ = bound_datagram_socket();
    sender_ = bound_datagram_socket();
    set_receive_timeout(receiver_, patience_ms);
  }
  void send(std::string_view text) const { send_datagram(sender_, local_address(receiver_), text); }

  Socket receiver_;
  Socket sender_;
};

constexpr const char* truncated =
    "If the message is larger than the buffers, the buffers are filled with the first part of the message "
    "... the "
    "excess data is lost, and WSARecv generates the error WSAEMSGSIZE";

TEST_F(Datagrams, TooLargeIsTruncated) {
  Documented sentence({"WSARecv", truncated, "WSAEMSGSIZE: hell"});
  send("hello world");
  std::vector<char> buffer(4);
  const std::string outcome = describe(receive(receiver_.native(), buffer));
  EXPECT_TRUE(sentence.matches(outcome + ": " + std::string(buffer.data(), buffer.size())));
}

TEST_F(Datagrams, TheExcessIsLost) {
  Documented sentence({"WSARecv", truncated, "next"});
  send("hello world");
  send("next");
  std::vector<char> buffer(4);
  ASSERT_EQ(describe(receive(receiver_.native(), buffer)), "WSAEMSGSIZE");
  const Outcome second = receive(receiver_.native(), buffer);
  EXPECT_TRUE(sentence.matches(std::string(buffer.data(), second.bytes)));
}

TEST_F(Datagrams, TooLargeForAPendingReceiveIsTruncated) {
  Documented sentence({"WSARecv", truncated, "WSAEMSGSIZE: hell"});
  PendingReceive receive(4);
  ASSERT_EQ(describe(receive.post(receiver_)), "WSA_IO_PENDING");
  send("hello world");
  const std::string outcome = describe(receive.finish());
  EXPECT_TRUE(sentence.matches(outcome + ": " + receive.text(4)));
}

TEST_F(Datagrams, TooLargeIsTruncatedAcrossTheBuffers) {
  Documented sentence({"WSARecv", truncated, "WSAEMSGSIZE: he|ll"});
  send("hello world");
  char first[] = "..";
  char second[] = "..";
  WSABUF buffers[] = {{2, first}, {2, second}};
  const std::string outcome = describe(receive(receiver_.native(), buffers, 2));
  EXPECT_TRUE(sentence.matches(outcome + ": " + first + "|" + second));
}

TEST_F(Datagrams, TooLargeReachesTheRoutine) {
  Documented sentence({"WSARecv", truncated, "WSAEMSGSIZE, 4 bytes"});
  RoutineReceive receive({}, 4);
  ASSERT_EQ(describe(receive.post(receiver_)), "WSA_IO_PENDING");
  send("hello world");
  ASSERT_TRUE(wait_alertably_until([&] { return receive.runs() == 1; }));
  EXPECT_TRUE(sentence.matches(describe(receive.outcome()) + ", " + std::to_string(receive.outcome().bytes) +
                               " bytes"));
}

TEST_F(Datagrams, TooLargeReachesThePortAsMoreData) {
  // The packet's status is an NTSTATUS; only WSAGetOverlappedResult turns it into the documented code.
  Documented sentence({"WSARecv", truncated, "ERROR_MORE_DATA, 4 bytes, WSAGetOverlappedResult WSAEMSGSIZE"});
  Port port;
  port.associate(receiver_);
  PendingReceive receive(4);
  ASSERT_EQ(describe(receive.post(receiver_)), "WSA_IO_PENDING");
  send("hello world");
  const Packet packet = port.take();
  ASSERT_TRUE(packet.dequeued);
  EXPECT_FALSE(packet.succeeded);
  EXPECT_TRUE(sentence.matches(win32_error_text(packet.error) + ", " + std::to_string(packet.bytes) +
                               " bytes, WSAGetOverlappedResult " + describe(receive.result())));
}

// On Windows the truncated receive has run: its status (STATUS_BUFFER_OVERFLOW) is a warning, and like every
// completion that is no error it is queued as well. Who takes the returned error for a failed call completes
// the receive twice.
TEST_F(Datagrams, TooLargeAtOnceIsAnErrorAndACompletion) {
  Documented sentence({"WSARecv",
                       "Any other error code indicates that the overlapped operation was not successfully "
                       "initiated and no completion indication will occur",
                       "WSAEMSGSIZE, no packet", wine_as_windows, on_windows("WSAEMSGSIZE, a packet")});
  Port port;
  port.associate(receiver_);
  send("hello world");
  ASSERT_TRUE(wait_readable(receiver_.native(), patience));
  PendingReceive receive(4);
  const std::string posted = describe(receive.post(receiver_));
  port.post(0, 1, nullptr);  // packets come first in, first out: one for the receive would stand before it
  EXPECT_TRUE(sentence.matches(posted + (port.take().key == 1 ? ", no packet" : ", a packet")));
}

TEST_F(Datagrams, OneIsPlacedAcrossTheBuffers) {
  Documented sentence(
      {"WSARecv",
       "an incoming message is placed into the buffers up to the total size of the buffers, and the "
       "completion indication occurs for overlapped sockets",
       "5 bytes: he|llo..."});
  PendingReceive receive;
  char first[] = "..";
  char second[] = "......";
  WSABUF buffers[] = {{2, first}, {6, second}};
  ASSERT_EQ(describe(receive.post(receiver_, buffers, 2)), "WSA_IO_PENDING");
  send("hello");
  const std::string outcome = describe(receive.finish());
  EXPECT_TRUE(sentence.matches(outcome + ": " + first + "|" + second));
}

TEST_F(Datagrams, KeepTheirBoundaries) {
  Documented sentence(
      {"WSARecv",
       "For protocols acting as message-oriented, a full message is required to unblock the caller",
       "5 bytes, 6 bytes"});
  send("hello");
  send("world!");
  std::vector<char> buffer(64);
  const std::string first = describe(receive(receiver_.native(), buffer));
  EXPECT_TRUE(sentence.matches(first + ", " + describe(receive(receiver_.native(), buffer))));
}

TEST_F(Datagrams, EmptyOneIsNoClose) {
  Documented sentence({"WSARecv", "message-oriented sockets, where a zero byte message is often allowable",
                       "0 bytes, 5 bytes"});
  send("");
  send("hello");
  std::vector<char> buffer(64);
  const std::string first = describe(receive(receiver_.native(), buffer));
  EXPECT_TRUE(sentence.matches(first + ", " + describe(receive(receiver_.native(), buffer))));
}

TEST_F(Datagrams, BufferedOneCompletesAtOnce) {
  Documented sentence(
      {"WSARecv",
       "If an overlapped operation completes immediately, WSARecv returns a value of zero and the "
       "lpNumberOfBytesRecvd parameter is updated with the number of bytes received",
       "5 bytes, event signalled"});
  send("hello");
  ASSERT_TRUE(wait_readable(receiver_.native(), patience));
  PendingReceive receive;
  const std::string posted = describe(receive.post(receiver_));
  EXPECT_TRUE(
      sentence.matches(posted + (receive.signalled() ? ", event signalled" : ", event not signalled")));
}

TEST_F(Datagrams, PendingReceivesTakeOneEachInPostingOrder) {
  Documented sentence(
      {"WSARecv",
       "the posted buffers are guaranteed to be filled in the same order in which they are specified",
       "one, two, three"});
  PendingReceive first;
  PendingReceive second;
  PendingReceive third;
  ASSERT_EQ(describe(first.post(receiver_)), "WSA_IO_PENDING");
  ASSERT_EQ(describe(second.post(receiver_)), "WSA_IO_PENDING");
  ASSERT_EQ(describe(third.post(receiver_)), "WSA_IO_PENDING");
  send("one");
  send("two");
  send("three");
  std::string filled = first.text(first.finish().bytes);
  filled += ", " + second.text(second.finish().bytes);
  EXPECT_TRUE(sentence.matches(filled + ", " + third.text(third.finish().bytes)));
}

TEST_F(Datagrams, EmptyOneCompletesAPendingReceive) {
  Documented sentence({"WSARecv", "message-oriented sockets, where a zero byte message is often allowable",
                       "0 bytes, then hello"});
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(receiver_)), "WSA_IO_PENDING");
  send("");
  const std::string empty = describe(receive.finish());
  send("hello");
  EXPECT_TRUE(sentence.matches(empty + ", then " + receive_text(receiver_)));
}

TEST_F(Datagrams, EmptyOneReachesThePortAsSuccess) {
  Documented sentence({"WSARecv", "message-oriented sockets, where a zero byte message is often allowable",
                       "success, 0 bytes"});
  Port port;
  port.associate(receiver_);
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(receiver_)), "WSA_IO_PENDING");
  send("");
  const Packet packet = port.take();
  ASSERT_TRUE(packet.dequeued);
  EXPECT_TRUE(sentence.matches((packet.succeeded ? "success, " : "failure, ") + std::to_string(packet.bytes) +
                               " bytes"));
}

TEST_F(Datagrams, RoutineIsToldTheFlags) {
  Documented sentence(
      {"WSARecv",
       "The dwFlags parameter contains information that would have appeared in lpFlags if the "
       "receive operation had completed immediately",
       "5 bytes, flags 0"});
  RoutineReceive receive;
  ASSERT_EQ(describe(receive.post(receiver_)), "WSA_IO_PENDING");
  send("hello");
  ASSERT_TRUE(wait_alertably_until([&] { return receive.runs() == 1; }));
  EXPECT_TRUE(
      sentence.matches(describe(receive.outcome()) + ", flags " + std::to_string(receive.outcome().flags)));
}

TEST_F(Datagrams, UnconnectedSocketHearsEveryone) {
  Documented sentence({"WSARecv",
                       "For connected, connectionless sockets, this function restricts the addresses from "
                       "which received messages are accepted",
                       "from one, from another"});
  const Socket another = bound_datagram_socket();
  send("from one");
  ASSERT_TRUE(wait_readable(receiver_.native(), patience));
  send_datagram(another, local_address(receiver_), "from another");
  const std::string first = receive_text(receiver_);
  EXPECT_TRUE(sentence.matches(first + ", " + receive_text(receiver_)));
}

TEST_F(Datagrams, ConnectedSocketHearsItsPeerOnlyOverlapped) {
  Documented sentence(
      {"WSARecv",
       "The function only returns messages from the remote address specified in the connection. "
       "Messages from other addresses are (silently) discarded",
       "from the peer"});
  const Socket stranger = bound_datagram_socket();
  connect_datagram_socket(receiver_, local_address(sender_));
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(receiver_)), "WSA_IO_PENDING");
  send_datagram(stranger, local_address(receiver_), "from a stranger");
  send("from the peer");
  EXPECT_TRUE(sentence.matches(receive.text(receive.finish().bytes)));
}

TEST_F(Datagrams, ConnectedSocketHearsItsPeerOnly) {
  Documented sentence(
      {"WSARecv",
       "The function only returns messages from the remote address specified in the connection. "
       "Messages from other addresses are (silently) discarded",
       "from the peer"});
  const Socket stranger = bound_datagram_socket();
  connect_datagram_socket(receiver_, local_address(sender_));
  send_datagram(stranger, local_address(receiver_), "from a stranger");
  send("from the peer");
  std::vector<char> buffer(64);
  const Outcome outcome = receive(receiver_.native(), buffer);
  EXPECT_TRUE(sentence.matches(std::string(buffer.data(), outcome.bytes)));
}

TEST_F(Datagrams, UnreachablePortResetsTheNextReceive) {
  Documented sentence(
      {"WSARecv",
       "For a UDP datagram socket, this error would indicate that a previous send operation resulted "
       "in an ICMP \"Port Unreachable\" message",
       "WSAECONNRESET", on_wine("5 bytes")});
  Socket closed = bound_datagram_socket();
  const Address nobody = local_address(closed);
  closed.close();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(receiver_)), "WSA_IO_PENDING");
  send_datagram(receiver_, nobody, "anyone?");
  // A datagram ends the receive where the message about the port does not.
  if (!receive.signalled(watch_ms)) send("hello");
  EXPECT_TRUE(sentence.matches(describe(receive.finish())));
}

}  // namespace
}  // namespace recvbench
