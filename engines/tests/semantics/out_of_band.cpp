// MSG_OOB: one urgent byte beside the stream, or in it.
#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class OutOfBand : public WinsockTest {};

constexpr const char* processes = "MSG_OOB: Processes OOB data";

void send_urgent(const Socket& socket, char byte) {
  ASSERT_EQ(send(socket.native(), &byte, 1, MSG_OOB), 1);
}

// select's third set says that an urgent byte is there.
void wait_urgent(const Socket& socket) {
  fd_set urgent;
  FD_ZERO(&urgent);
  FD_SET(socket.native(), &urgent);
  timeval limit{5, 0};
  EXPECT_EQ(select(0, nullptr, nullptr, &urgent, &limit), 1);
}

void set_inline(const Socket& socket) {
  const DWORD on = 1;
  ASSERT_EQ(
      setsockopt(socket.native(), SOL_SOCKET, SO_OOBINLINE, reinterpret_cast<const char*>(&on), sizeof on),
      0);
}

TEST_F(OutOfBand, UrgentByteStaysOutOfTheStream) {
  Documented sentence({"WSARecv", processes, "urgent !, stream hello"});
  const SocketPair pair = blocking_pair();
  send_text(pair.connected, "hello");
  send_urgent(pair.connected, '!');
  wait_urgent(pair.accepted);
  const std::string urgent = receive_text(pair.accepted, MSG_OOB);
  EXPECT_TRUE(sentence.matches("urgent " + urgent + ", stream " + receive_text(pair.accepted, 0)));
}

TEST_F(OutOfBand, UrgentByteIsNoDataWithoutTheFlag) {
  Documented sentence({"WSARecv", processes, "WSAEWOULDBLOCK"});
  const SocketPair pair = connected_pair();
  set_nonblocking(pair.accepted, true);
  send_urgent(pair.connected, '!');
  wait_urgent(pair.accepted);
  EXPECT_TRUE(sentence.matches(receive_text(pair.accepted, 0)));
}

TEST_F(OutOfBand, CompletesAtOnceWhereItIsThere) {
  Documented sentence({"WSARecv", processes, "1 byte, event signalled"});
  const SocketPair pair = connected_pair();
  send_urgent(pair.connected, '!');
  wait_urgent(pair.accepted);
  PendingReceive urgent;
  const std::string posted = describe(urgent.post(pair.accepted, MSG_OOB));
  EXPECT_TRUE(
      sentence.matches(posted + (urgent.signalled() ? ", event signalled" : ", event not signalled")));
}

TEST_F(OutOfBand, DoesNotCompleteAPendingReceiveWithoutTheFlag) {
  Documented sentence({"WSARecv", processes, "stream 5 bytes, urgent 1 byte",
                       on_wine("stream 5 bytes, urgent WSA_IO_INCOMPLETE")});
  const SocketPair pair = connected_pair();
  PendingReceive stream;
  PendingReceive urgent;
  ASSERT_EQ(describe(stream.post(pair.accepted)), "WSA_IO_PENDING");
  ASSERT_EQ(describe(urgent.post(pair.accepted, MSG_OOB)), "WSA_IO_PENDING");
  send_urgent(pair.connected, '!');
  send_text(pair.connected, "hello");
  const std::string received = describe(stream.finish());
  urgent.signalled(watch_ms);  // it came before the data
  EXPECT_TRUE(sentence.matches("stream " + received + ", urgent " + describe(urgent.result())));
}

TEST_F(OutOfBand, PeekLeavesIt) {
  Documented sentence(
      {"WSARecv", "The data is copied into the buffer, but is not removed from the input queue", "!, !"});
  const SocketPair pair = blocking_pair();
  send_urgent(pair.connected, '!');
  wait_urgent(pair.accepted);
  const std::string peeked = receive_text(pair.accepted, MSG_OOB | MSG_PEEK);
  EXPECT_TRUE(sentence.matches(peeked + ", " + receive_text(pair.accepted, MSG_OOB)));
}

TEST_F(OutOfBand, OptionPutsItIntoTheStream) {
  Documented sentence(
      {"WSARecv",
       "the semantics of this function are determined by the socket options and the lpFlags parameter",
       "hello!"});
  const SocketPair pair = blocking_pair();
  set_inline(pair.accepted);
  send_text(pair.connected, "hello");
  send_urgent(pair.connected, '!');
  std::string received;
  // It may end a receive of its own.
  for (int receives = 0; received.size() < 6 && receives < 6; ++receives)
    received += receive_text(pair.accepted, 0);
  EXPECT_TRUE(sentence.matches(received));
}

}  // namespace
}  // namespace recvbench
