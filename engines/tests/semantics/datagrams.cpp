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
