// Receives into no room at all: a stream's tells of data and takes none, a datagram socket's costs the
// datagram.
#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class ZeroByte : public WinsockTest {};

constexpr const char* stream =
    "incoming data is placed into the buffers until the buffers are filled, the connection is closed, or the "
    "internally buffered data is exhausted";
constexpr const char* message =
    "If the message is larger than the buffers ... the excess data is lost, and WSARecv generates the error "
    "WSAEMSGSIZE";

TEST_F(ZeroByte, CompletesAtOnceWhereDataIsThereAndTakesNone) {
  Documented sentence({"WSARecv", stream, "0 bytes, then hello"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  PendingReceive probe(0);
  const std::string posted = describe(probe.post(pair.accepted));
  EXPECT_TRUE(sentence.matches(posted + ", then " + receive_text(pair.accepted)));
}

TEST_F(ZeroByte, WaitsForDataAndTakesNone) {
  Documented sentence({"WSARecv", stream, "WSA_IO_PENDING, 0 bytes, then hello"});
  const SocketPair pair = blocking_pair();
  PendingReceive probe(0);
  const std::string posted = describe(probe.post(pair.accepted));
  EXPECT_FALSE(probe.signalled());
  send_text(pair.connected, "hello");
  const std::string finished = describe(probe.finish());
  EXPECT_TRUE(sentence.matches(posted + ", " + finished + ", then " + receive_text(pair.accepted)));
}

TEST_F(ZeroByte, CompletesWithTheConnection) {
  Documented sentence({"WSARecv", stream, "0 bytes, then 0 bytes"});
  SocketPair pair = blocking_pair();
  PendingReceive probe(0);
  ASSERT_EQ(describe(probe.post(pair.accepted)), "WSA_IO_PENDING");
  pair.connected.close();
  const std::string finished = describe(probe.finish());
  std::vector<char> buffer(16);
  EXPECT_TRUE(sentence.matches(finished + ", then " + describe(receive(pair.accepted.native(), buffer))));
}

TEST_F(ZeroByte, CostsTheDatagram) {
  Documented sentence({"WSARecv", message, "WSAEMSGSIZE, then next"});
  const Socket receiver = bound_datagram_socket();
  const Socket sender = bound_datagram_socket();
  set_receive_timeout(receiver, patience_ms);
  PendingReceive probe(0);
  ASSERT_EQ(describe(probe.post(receiver)), "WSA_IO_PENDING");
  send_datagram(sender, local_address(receiver), "hello");
  send_datagram(sender, local_address(receiver), "next");
  const std::string finished = describe(probe.finish());
  EXPECT_TRUE(sentence.matches(finished + ", then " + receive_text(receiver)));
}

// The document does not say that it must not be 0; Wine's own tests (later than Wine 8) hold that Windows
// refuses.
TEST_F(ZeroByte, NoBufferAtAllIsAnError) {
  Documented sentence({"WSARecv", "dwBufferCount: The number of WSABUF structures in the lpBuffers array",
                       "WSAEINVAL", on_wine("0 bytes")});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  char data[16];
  WSABUF buffer{sizeof data, data};
  PendingReceive receive;
  EXPECT_TRUE(sentence.matches(describe(receive.post(pair.accepted, &buffer, 0))));
}

}  // namespace
}  // namespace recvbench
