// What the flags of WSARecv change.
#include <thread>

#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class Flags : public WinsockTest {};

constexpr const char* wait_all =
    "The receive request will complete only when ... the buffer supplied by the caller is completely full";
constexpr const char* wait_all_combined =
    "if MSG_WAITALL is specified along with MSG_OOB, MSG_PEEK, or MSG_PARTIAL, then this call will fail with "
    "WSAEOPNOTSUPP";

std::string receive_with(const Socket& socket, DWORD flags) {
  std::vector<char> buffer(16);
  return describe(receive(socket.native(), buffer, flags));
}

TEST_F(Flags, PeekLeavesTheData) {
  Documented sentence({"WSARecv",
                       "The data is copied into the buffer, but is not removed from the input queue",
                       "hello, hello"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  std::vector<char> buffer(16);
  const Outcome peeked = receive(pair.accepted.native(), buffer, MSG_PEEK);
  const std::string first(buffer.data(), peeked.bytes);
  buffer.assign(16, '.');
  const Outcome taken = receive(pair.accepted.native(), buffer);
  EXPECT_TRUE(sentence.matches(first + ", " + std::string(buffer.data(), taken.bytes)));
}

TEST_F(Flags, PeekSeesTheClose) {
  Documented sentence({"WSARecv", "zero bytes having been read ... indicates graceful closure", "0 bytes"});
  SocketPair pair = blocking_pair();
  pair.connected.close();
  EXPECT_TRUE(sentence.matches(receive_with(pair.accepted, MSG_PEEK)));
}

TEST_F(Flags, SingleByteUnblocks) {
  Documented sentence({"WSARecv", "receipt of a single byte is sufficient to unblock the caller", "1 byte"});
  const SocketPair pair = blocking_pair();
  std::string received;
  std::thread receiver([&] { received = receive_with(pair.accepted, 0); });
  send_text(pair.connected, "x");
  receiver.join();
  EXPECT_TRUE(sentence.matches(received));
}

TEST_F(Flags, PartialDoesNotMatterOnAByteStream) {
  Documented sentence(
      {"WSARecv", "MSG_PARTIAL: XP1_MESSAGE_ORIENTED not set, * , * : acts as byte stream", "5 bytes"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  EXPECT_TRUE(sentence.matches(receive_with(pair.accepted, MSG_PARTIAL)));
}

TEST_F(Flags, PushImmediateIsAHint) {
  Documented sentence(
      {"WSARecv", "MSG_PUSH_IMMEDIATE ... This flag is a hint rather than an actual guarantee", "5 bytes"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  EXPECT_TRUE(sentence.matches(receive_with(pair.accepted, MSG_PUSH_IMMEDIATE)));
}

TEST_F(Flags, WaitAllCompletesFull) {
  Documented sentence(
      {"WSARecv", wait_all, "WSA_IO_PENDING, then 4 bytes", on_wine("2 bytes, then 2 bytes")});
  const SocketPair pair = connected_pair();
  buffer_text(pair, "ab");
  PendingReceive receive(4);
  const std::string posted = describe(receive.post(pair.accepted, MSG_WAITALL));
  send_text(pair.connected, "cd");
  EXPECT_TRUE(sentence.matches(posted + ", then " + describe(receive.finish())));
}

TEST_F(Flags, WaitAllEndsWithTheConnection) {
  Documented sentence(
      {"WSARecv", "MSG_WAITALL ... completes when ... The connection has been closed", "2 bytes"});
  SocketPair pair = blocking_pair();
  send_text(pair.connected, "ab");
  pair.connected.close();
  EXPECT_TRUE(sentence.matches(receive_with(pair.accepted, MSG_WAITALL)));
}

TEST_F(Flags, WaitAllOnANonBlockingSocket) {
  Documented sentence({"WSARecv",
                       "if the socket is in a non-blocking mode, then this call will fail with WSAEOPNOTSUPP",
                       "WSAEOPNOTSUPP", on_wine("5 bytes")});
  const SocketPair pair = connected_pair();
  buffer_text(pair, "hello");
  set_nonblocking(pair.accepted, true);
  EXPECT_TRUE(sentence.matches(receive_with(pair.accepted, MSG_WAITALL)));
}

TEST_F(Flags, WaitAllWithPeek) {
  Documented sentence({"WSARecv", wait_all_combined, "WSAEOPNOTSUPP", on_wine("5 bytes")});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  EXPECT_TRUE(sentence.matches(receive_with(pair.accepted, MSG_WAITALL | MSG_PEEK)));
}

TEST_F(Flags, WaitAllWithPartial) {
  Documented sentence({"WSARecv", wait_all_combined, "WSAEOPNOTSUPP", on_wine("5 bytes")});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  EXPECT_TRUE(sentence.matches(receive_with(pair.accepted, MSG_WAITALL | MSG_PARTIAL)));
}

TEST_F(Flags, WaitAllWithOob) {
  Documented sentence({"WSARecv", wait_all_combined, "WSAEOPNOTSUPP", on_wine("1 byte")});
  const SocketPair pair = blocking_pair();
  ASSERT_EQ(send(pair.connected.native(), "!", 1, MSG_OOB), 1);
  set_receive_timeout(pair.accepted, watch_ms);
  EXPECT_TRUE(sentence.matches(receive_with(pair.accepted, MSG_WAITALL | MSG_OOB)));
}

TEST_F(Flags, WaitAllOnADatagramSocket) {
  Documented sentence({"WSARecv",
                       "This flag is not supported on datagram sockets or message-oriented sockets",
                       "WSAEOPNOTSUPP", on_wine("5 bytes")});
  const Socket receiver = bound_datagram_socket();
  const Socket sender = bound_datagram_socket();
  set_receive_timeout(receiver, patience_ms);
  send_datagram(sender, local_address(receiver), "hello");
  EXPECT_TRUE(sentence.matches(receive_with(receiver, MSG_WAITALL)));
}

TEST_F(Flags, OobOnADatagramSocket) {
  Documented sentence({"WSARecv",
                       "MSG_OOB was specified, but the socket is not stream-style such as type SOCK_STREAM",
                       "WSAEOPNOTSUPP", on_wine("5 bytes")});
  const Socket receiver = bound_datagram_socket();
  const Socket sender = bound_datagram_socket();
  set_receive_timeout(receiver, patience_ms);
  send_datagram(sender, local_address(receiver), "hello");
  EXPECT_TRUE(sentence.matches(receive_with(receiver, MSG_OOB)));
}

TEST_F(Flags, OobTakesTheUrgentByte) {
  Documented sentence({"WSARecv", "MSG_OOB: Processes OOB data", "1 byte"});
  const SocketPair pair = blocking_pair();
  PendingReceive urgent;
  ASSERT_EQ(describe(urgent.post(pair.accepted, MSG_OOB)), "WSA_IO_PENDING");
  ASSERT_EQ(send(pair.connected.native(), "!", 1, MSG_OOB), 1);
  EXPECT_TRUE(sentence.matches(describe(urgent.finish())));
}

TEST_F(Flags, WholeDatagramClearsPartial) {
  Documented sentence({"WSARecv", "If a complete message is received, MSG_PARTIAL is cleared in lpFlags",
                       "5 bytes, cleared", on_wine("5 bytes, still set")});
  const Socket receiver = bound_datagram_socket();
  const Socket sender = bound_datagram_socket();
  set_receive_timeout(receiver, patience_ms);
  send_datagram(sender, local_address(receiver), "hello");
  std::vector<char> buffer(16);
  const Outcome outcome = receive(receiver.native(), buffer, MSG_PARTIAL);
  EXPECT_TRUE(sentence.matches(describe(outcome) +
                               ((outcome.flags & MSG_PARTIAL) == 0 ? ", cleared" : ", still set")));
}

}  // namespace
}  // namespace recvbench
