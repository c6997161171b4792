// MSG_PEEK: data looked at stays where it is.
#include <thread>

#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class Peek : public WinsockTest {};

constexpr const char* peeks = "The data is copied into the buffer, but is not removed from the input queue";
constexpr const char* combined =
    "The latter is constructed by using the bitwise OR operator with any of the values";

TEST_F(Peek, SeesTheSameAgain) {
  Documented sentence({"WSARecv", peeks, "hel, hel, hello"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  const std::string first = receive_text(pair.accepted, MSG_PEEK, 3);
  const std::string second = receive_text(pair.accepted, MSG_PEEK, 3);
  EXPECT_TRUE(sentence.matches(first + ", " + second + ", " + receive_text(pair.accepted, 0)));
}

TEST_F(Peek, FillsTheBuffersInOrder) {
  Documented sentence(
      {"WSARecv",
       "The buffers are filled in the order in which they appear in the array pointed to by lpBuffers",
       "he|llo, hello"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  char head[] = "..";
  char tail[] = "...";
  WSABUF buffers[] = {{2, head}, {3, tail}};
  EXPECT_EQ(describe(receive(pair.accepted.native(), buffers, 2, MSG_PEEK)), "5 bytes");
  EXPECT_TRUE(sentence.matches(std::string(head) + "|" + tail + ", " + receive_text(pair.accepted, 0)));
}

TEST_F(Peek, BlocksUntilThereIsData) {
  Documented sentence({"WSARecv",
                       "In the case of a blocking socket with no data currently having been received and "
                       "buffered by the transport, the call will block until data is received",
                       "hello, hello"});
  const SocketPair pair = blocking_pair();
  std::string peeked;
  std::thread peeker([&] { peeked = receive_text(pair.accepted, MSG_PEEK); });
  send_text(pair.connected, "hello");
  peeker.join();
  EXPECT_TRUE(sentence.matches(peeked + ", " + receive_text(pair.accepted, 0)));
}

TEST_F(Peek, LeavesADatagram) {
  Documented sentence({"WSARecv", peeks, "hello, hello"});
  const Socket receiver = bound_datagram_socket();
  const Socket sender = bound_datagram_socket();
  set_receive_timeout(receiver, patience_ms);
  send_datagram(sender, local_address(receiver), "hello");
  const std::string peeked = receive_text(receiver, MSG_PEEK);
  EXPECT_TRUE(sentence.matches(peeked + ", " + receive_text(receiver, 0)));
}

TEST_F(Peek, LeavesAllOfADatagramTooLarge) {
  Documented sentence({"WSARecv", peeks, "WSAEMSGSIZE: hell, hello world"});
  const Socket receiver = bound_datagram_socket();
  const Socket sender = bound_datagram_socket();
  set_receive_timeout(receiver, patience_ms);
  send_datagram(sender, local_address(receiver), "hello world");
  const std::string peeked = receive_text(receiver, MSG_PEEK, 4);
  EXPECT_TRUE(sentence.matches(peeked + ", " + receive_text(receiver, 0)));
}

TEST_F(Peek, WithPushImmediate) {
  Documented sentence({"WSARecv", combined, "hello, hello"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  const std::string peeked = receive_text(pair.accepted, MSG_PEEK | MSG_PUSH_IMMEDIATE);
  EXPECT_TRUE(sentence.matches(peeked + ", " + receive_text(pair.accepted, 0)));
}

// Windows posts such a receive like any other: libuv waits for datagrams so (uv__udp_queue_recv), and
// runtimes on completion ports peek at streams so.
constexpr const char* overlapped = "MSG_PEEK ... This flag is valid only for nonoverlapped sockets";

TEST_F(Peek, Overlapped) {
  Documented sentence({"WSARecv", overlapped, "an error", wine_as_windows,
                       on_windows("WSA_IO_PENDING, then 5 bytes, then hello")});
  const SocketPair pair = blocking_pair();
  PendingReceive peek;
  const std::string posted = describe(peek.post(pair.accepted, MSG_PEEK));
  send_text(pair.connected, "hello");
  const std::string peeked = describe(peek.finish());
  EXPECT_TRUE(sentence.matches(posted + ", then " + peeked + ", then " + receive_text(pair.accepted, 0)));
}

TEST_F(Peek, OverlappedOnADatagramSocket) {
  Documented sentence({"WSARecv", overlapped, "an error", wine_as_windows,
                       on_windows("WSA_IO_PENDING, then 5 bytes, then hello")});
  const Socket receiver = bound_datagram_socket();
  const Socket sender = bound_datagram_socket();
  set_receive_timeout(receiver, patience_ms);
  PendingReceive peek;
  const std::string posted = describe(peek.post(receiver, MSG_PEEK));
  send_datagram(sender, local_address(receiver), "hello");
  const std::string peeked = describe(peek.finish());
  EXPECT_TRUE(sentence.matches(posted + ", then " + peeked + ", then " + receive_text(receiver, 0)));
}

}  // namespace
}  // namespace recvbench
