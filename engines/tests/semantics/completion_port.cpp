// What a completion port delivers, and when it delivers nothing.
#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class CompletionPort : public WinsockTest {};

// Every provider of real handles may skip the port; a layered one may not.
bool has_ifs_handles(const Socket& socket) {
  WSAPROTOCOL_INFOW info{};
  int size = sizeof info;
  if (getsockopt(socket.native(), SOL_SOCKET, SO_PROTOCOL_INFOW, reinterpret_cast<char*>(&info), &size) !=
      0) {
    throw_error(last_socket_error(), "getsockopt", "SO_PROTOCOL_INFO");
  }
  return (info.dwServiceFlags1 & XP1_IFS_HANDLES) != 0;
}

void skip_port_on_success(const Socket& socket) {
  if (!SetFileCompletionNotificationModes(reinterpret_cast<HANDLE>(socket.native()),
                                          FILE_SKIP_COMPLETION_PORT_ON_SUCCESS)) {
    throw_error(last_system_error(), "SetFileCompletionNotificationModes");
  }
}

TEST_F(CompletionPort, QueuesImmediateSuccess) {
  Documented sentence({"WSARecv",
                       "Regardless of whether or not the incoming data fills all the buffers, the completion "
                       "indication occurs for overlapped sockets",
                       "5 bytes at once, packet of 5 bytes"});
  const SocketPair pair = connected_pair();
  buffer_text(pair, "hello");
  Port port;
  port.associate(pair.accepted, 7);
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  const Packet packet = port.take();
  EXPECT_TRUE(packet.succeeded);
  EXPECT_EQ(packet.key, ULONG_PTR{7});
  EXPECT_EQ(packet.overlapped, receive.overlapped());
  EXPECT_TRUE(sentence.matches(posted + " at once, packet of " + std::to_string(packet.bytes) + " bytes"));
}

TEST_F(CompletionPort, QueuesLaterCompletion) {
  Documented sentence({"GetQueuedCompletionStatus",
                       "receives the completion key value associated with the file handle ... the address of "
                       "the OVERLAPPED structure "
                       "that was specified when the completed I/O operation was started",
                       "key 7, its own overlapped, 5 bytes"});
  const SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted, 7);
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  const Packet packet = port.take();
  EXPECT_TRUE(packet.succeeded);
  EXPECT_TRUE(sentence.matches("key " + std::to_string(packet.key) +
                               (packet.overlapped == receive.overlapped() ? ", its own" : ", another") +
                               " overlapped, " + std::to_string(packet.bytes) + " bytes"));
}

TEST_F(CompletionPort, SkipsImmediateSuccessWhereAsked) {
  Documented sentence({"SetFileCompletionNotificationModes",
                       "the I/O Manager does not queue a completion entry to the port ... A request returns "
                       "success immediately",
                       "5 bytes at once, no packet"});
  const SocketPair pair = connected_pair();
  if (!has_ifs_handles(pair.accepted)) GTEST_SKIP() << "the socket's provider has no IFS handles";
  buffer_text(pair, "hello");
  Port port;
  port.associate(pair.accepted, 7);
  skip_port_on_success(pair.accepted);
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  port.post(0, 1, nullptr);  // packets come first in, first out: the receive's would stand before it
  EXPECT_TRUE(
      sentence.matches(posted + (port.take().key == 1 ? " at once, no packet" : " at once, a packet")));
}

TEST_F(CompletionPort, QueuesLaterCompletionWhereSkippingSuccess) {
  Documented sentence({"SetFileCompletionNotificationModes",
                       "A request returns success immediately without returning ERROR_PENDING",
                       "packet of 5 bytes"});
  const SocketPair pair = connected_pair();
  if (!has_ifs_handles(pair.accepted)) GTEST_SKIP() << "the socket's provider has no IFS handles";
  Port port;
  port.associate(pair.accepted, 7);
  skip_port_on_success(pair.accepted);
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  const Packet packet = port.take();
  EXPECT_EQ(packet.key, ULONG_PTR{7});
  EXPECT_TRUE(sentence.matches("packet of " + std::to_string(packet.bytes) + " bytes"));
}

TEST_F(CompletionPort, DeliversPostedPacketsVerbatim) {
  Documented sentence({"PostQueuedCompletionStatus",
                       "The value to be returned through the lpOverlapped parameter of the "
                       "GetQueuedCompletionStatus function",
                       "bytes 4000000000, key 81985529216486895, overlapped as given"});
  Port port;
  OVERLAPPED* const overlapped = reinterpret_cast<OVERLAPPED*>(ULONG_PTR{0x1234});  // never dereferenced
  port.post(4'000'000'000, 0x0123456789ABCDEF, overlapped);
  const Packet packet = port.take();
  ASSERT_TRUE(packet.succeeded);
  EXPECT_TRUE(
      sentence.matches("bytes " + std::to_string(packet.bytes) + ", key " + std::to_string(packet.key) +
                       (packet.overlapped == overlapped ? ", overlapped as given" : ", another overlapped")));
}

TEST_F(CompletionPort, DeliversPacketsFirstInFirstOut) {
  Documented sentence({"I/O Completion Ports",
                       "an I/O completion packet is queued in first-in-first-out (FIFO) order to the "
                       "associated I/O completion port",
                       "1 2 3 "});
  Port port;
  for (ULONG_PTR key = 1; key <= 3; ++key) port.post(0, key, nullptr);
  std::string keys;
  for (int i = 0; i < 3; ++i) keys += std::to_string(port.take().key) + " ";
  EXPECT_TRUE(sentence.matches(keys));
}

TEST_F(CompletionPort, GivesUpAfterTheCallersWaitTime) {
  Documented sentence({"GetQueuedCompletionStatus",
                       "If a completion packet does not appear within the specified time, the function times "
                       "out, returns FALSE, and sets "
                       "*lpOverlapped to NULL",
                       "WAIT_TIMEOUT without an overlapped"});
  Port port;
  const Packet packet = port.take(1);
  EXPECT_FALSE(packet.succeeded);
  EXPECT_TRUE(sentence.matches(
      std::string(packet.error == WAIT_TIMEOUT ? "WAIT_TIMEOUT" : "error " + std::to_string(packet.error)) +
      (packet.overlapped == nullptr ? " without an overlapped" : " with an overlapped")));
}

TEST_F(CompletionPort, EntriesCarryTheirStatusInTheOverlapped) {
  Documented sentence(
      {"OVERLAPPED structure", "Internal: The status code for the I/O request", "5 bytes, WSAECONNRESET"});
  const SocketPair healthy = connected_pair();
  SocketPair broken = connected_pair();
  Port port;
  port.associate(healthy.accepted);
  port.associate(broken.accepted);
  PendingReceive first;
  PendingReceive second;
  ASSERT_EQ(describe(first.post(healthy.accepted)), "WSA_IO_PENDING");
  ASSERT_EQ(describe(second.post(broken.accepted)), "WSA_IO_PENDING");
  send_text(healthy.connected, "hello");
  set_abortive_close(broken.connected);
  broken.connected.close();
  ULONG total = 0;
  while (total < 2) {
    OVERLAPPED_ENTRY entries[4];
    ULONG taken = 0;
    ASSERT_TRUE(GetQueuedCompletionStatusEx(port.handle(), entries, 4, &taken, patience_ms, FALSE));
    for (ULONG i = 0; i < taken; ++i) {
      const bool failed = static_cast<LONG>(entries[i].lpOverlapped->Internal) < 0;  // NT_ERROR
      EXPECT_EQ(failed, entries[i].lpOverlapped == second.overlapped());
    }
    total += taken;
  }
  const std::string seen = describe(first.result());
  EXPECT_TRUE(sentence.matches(seen + ", " + describe(second.result())));
}

}  // namespace
}  // namespace recvbench
