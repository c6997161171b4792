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

TEST_F(Flags, PartialDoesNotMatterOverlapped) {
  Documented sentence({"WSARecv", "MSG_PARTIAL: XP1_MESSAGE_ORIENTED not set, * , * : acts as byte stream",
                       "WSA_IO_PENDING, then 2 bytes"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted, MSG_PARTIAL));
  send_text(pair.connected, "ab");
  EXPECT_TRUE(sentence.matches(posted + ", then " + describe(receive.finish())));
}

TEST_F(Flags, PushImmediateIsAHint) {
  Documented sentence(
      {"WSARecv", "MSG_PUSH_IMMEDIATE ... This flag is a hint rather than an actual guarantee", "5 bytes"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  EXPECT_TRUE(sentence.matches(receive_with(pair.accepted, MSG_PUSH_IMMEDIATE)));
}

TEST_F(Flags, PushImmediateCompletesAPartlyFilledReceive) {
  Documented sentence(
      {"WSARecv",
       "MSG_PUSH_IMMEDIATE ... tells TCP not to hold the receive request but to complete it immediately",
       "WSA_IO_PENDING, then 2 bytes"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted, MSG_PUSH_IMMEDIATE));
  send_text(pair.connected, "ab");
  EXPECT_TRUE(sentence.matches(posted + ", then " + describe(receive.finish())));
}

TEST_F(Flags, PushImmediateWithPartial) {
  Documented sentence({"WSARecv",
                       "The latter is constructed by using the bitwise OR operator with any of the values",
                       "5 bytes"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  EXPECT_TRUE(sentence.matches(receive_with(pair.accepted, MSG_PUSH_IMMEDIATE | MSG_PARTIAL)));
}

TEST_F(Flags, WaitAllTakesWhatFillsTheBuffer) {
  Documented sentence({"WSARecv", wait_all, "16 bytes"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "0123456789abcdef");
  EXPECT_TRUE(sentence.matches(receive_with(pair.accepted, MSG_WAITALL)));
}

// The second half is sent once the receive has been watched to wait for it, which it does not where the flag
// is ignored.
TEST_F(Flags, WaitAllBlocksUntilFull) {
  Documented sentence({"WSARecv", wait_all, "0123456789abcdef", on_wine("01234567")});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "01234567");
  const Event returned;
  std::thread sender([&] {
    if (!returned.wait(wine_watch_ms)) send_text(pair.connected, "89abcdef");
  });
  const std::string received = receive_text(pair.accepted, MSG_WAITALL);
  WSASetEvent(returned.handle());
  sender.join();
  EXPECT_TRUE(sentence.matches(received));
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

TEST_F(Flags, WaitAllEndsWithTheConnectionOverlapped) {
  Documented sentence({"WSARecv", "MSG_WAITALL ... completes when ... The connection has been closed",
                       "WSA_IO_PENDING, then 2 bytes"});
  SocketPair pair = connected_pair();
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted, MSG_WAITALL));
  send_text(pair.connected, "ab");
  pair.connected.close();
  EXPECT_TRUE(sentence.matches(posted + ", then " + describe(receive.finish())));
}

TEST_F(Flags, WaitAllEndsWithItsCancellation) {
  Documented sentence(
      {"WSARecv", "MSG_WAITALL ... completes when ... The request has been canceled or an error occurred",
       "WSA_OPERATION_ABORTED"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted, MSG_WAITALL)), "WSA_IO_PENDING");
  ASSERT_TRUE(CancelIoEx(reinterpret_cast<HANDLE>(pair.accepted.native()), receive.overlapped()));
  EXPECT_TRUE(sentence.matches(describe(receive.finish())));
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

TEST_F(Flags, AreClearAfterAStreamsReceive) {
  Documented sentence({"WSARecv",
                       "The lpFlags parameter is used both on input and returned on output, allowing "
                       "applications to sense the output state of the MSG_PARTIAL flag bit",
                       "5 bytes, flags 0"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  std::vector<char> buffer(16);
  const Outcome outcome = receive(pair.accepted.native(), buffer);
  EXPECT_TRUE(sentence.matches(describe(outcome) + ", flags " + std::to_string(outcome.flags)));
}

// How a socket's protocol acts, by the two bits that decide it.
std::string acts_as(const Socket& socket) {
  WSAPROTOCOL_INFOW info{};
  int size = sizeof info;
  if (getsockopt(socket.native(), SOL_SOCKET, SO_PROTOCOL_INFOW, reinterpret_cast<char*>(&info), &size) !=
      0) {
    return error_text(WSAGetLastError());
  }
  const bool message_oriented = (info.dwServiceFlags1 & XP1_MESSAGE_ORIENTED) != 0;
  const bool pseudo_stream = (info.dwServiceFlags1 & XP1_PSEUDO_STREAM) != 0;
  return message_oriented && !pseudo_stream ? "message oriented" : "byte stream";
}

TEST_F(Flags, OfTheProtocolSayHowItActs) {
  Documented sentence({"WSARecv",
                       "Whether or not a protocol is acting as byte stream is determined by the setting of "
                       "XP1_MESSAGE_ORIENTED and XP1_PSEUDO_STREAM in its WSAPROTOCOL_INFO structure",
                       "TCP byte stream, UDP message oriented"});
  EXPECT_TRUE(sentence.matches("TCP " + acts_as(open_tcp(AddressFamily::ipv4)) + ", UDP " +
                               acts_as(open_udp(AddressFamily::ipv4))));
}

}  // namespace
}  // namespace recvbench
