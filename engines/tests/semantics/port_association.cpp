// Which handles report to which port, and which completions are kept from it.
#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class PortAssociation : public WinsockTest {};

constexpr const char* create = "CreateIoCompletionPort";
constexpr const char* set_modes = "SetFileCompletionNotificationModes";

HANDLE handle_of(const Socket& socket) {
  return reinterpret_cast<HANDLE>(socket.native());
}
std::string associate_with(const Port& port, const Socket& socket, ULONG_PTR key) {
  const HANDLE associated = CreateIoCompletionPort(handle_of(socket), port.handle(), key, 0);
  if (associated == nullptr) return win32_error_text(GetLastError());
  return associated == port.handle() ? "the same handle" : "another handle";
}
std::string set_notification_modes(const Socket& socket, UCHAR modes) {
  return SetFileCompletionNotificationModes(handle_of(socket), modes) ? "success"
                                                                      : win32_error_text(GetLastError());
}

TEST_F(PortAssociation, ReturnsThePort) {
  Documented sentence({create,
                       "If the ExistingCompletionPort parameter was a valid I/O completion port handle, the "
                       "return value is that same handle",
                       "the same handle"});
  const SocketPair pair = connected_pair();
  Port port;
  EXPECT_TRUE(sentence.matches(associate_with(port, pair.accepted, 7)));
}

TEST_F(PortAssociation, IsWithOnePortOnly) {
  Documented sentence(
      {create,
       "A handle can be associated with only one I/O completion port, and after the association is made, the "
       "handle remains associated with that I/O completion port until it is closed",
       "ERROR_INVALID_PARAMETER, packet on the first"});
  const SocketPair pair = connected_pair();
  Port first;
  Port second;
  first.associate(pair.accepted);
  const std::string refused = associate_with(second, pair.accepted, 0);
  buffer_text(pair, "hello");
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "5 bytes");
  first.post(0, 1, nullptr);
  second.post(0, 1, nullptr);
  const bool on_first = first.take().overlapped == receive.overlapped();
  const bool on_second = second.take().overlapped == receive.overlapped();
  EXPECT_TRUE(sentence.matches(refused + (on_first ? ", packet on the first" : "") +
                               (on_second ? ", packet on the second" : "")));
}

TEST_F(PortAssociation, KeysTellTheSocketsApart) {
  Documented sentence({create,
                       "CompletionKey: The per-handle user-defined completion key that is included in every "
                       "I/O completion packet for the specified file handle",
                       "key 1 by the first, key 2 by the second"});
  const SocketPair first = connected_pair();
  const SocketPair second = connected_pair();
  Port port;
  port.associate(first.accepted, 1);
  port.associate(second.accepted, 2);
  PendingReceive by_first;
  PendingReceive by_second;
  ASSERT_EQ(describe(by_first.post(first.accepted)), "WSA_IO_PENDING");
  ASSERT_EQ(describe(by_second.post(second.accepted)), "WSA_IO_PENDING");
  send_text(first.connected, "x");
  const Packet earlier = port.take();
  send_text(second.connected, "x");
  const Packet later = port.take();
  EXPECT_EQ(earlier.overlapped, by_first.overlapped());
  EXPECT_EQ(later.overlapped, by_second.overlapped());
  EXPECT_TRUE(sentence.matches("key " + std::to_string(earlier.key) + " by the first, key " +
                               std::to_string(later.key) + " by the second"));
}

TEST_F(PortAssociation, PostedPacketMayHaveNoOverlapped) {
  Documented sentence({"PostQueuedCompletionStatus",
                       "the lpOverlapped parameter need not point to an OVERLAPPED structure",
                       "success, no overlapped"});
  Port port;
  port.post(0, 0, nullptr);
  const Packet packet = port.take();
  std::string found = packet.succeeded ? "success" : "failure";
  found += packet.overlapped == nullptr ? ", no overlapped" : ", an overlapped";
  EXPECT_TRUE(sentence.matches(found));
}

TEST_F(PortAssociation, PacketsAndCompletionsShareOneQueue) {
  Documented sentence({"I/O Completion Ports",
                       "an I/O completion packet is queued in first-in-first-out (FIFO) order to the "
                       "associated I/O completion port",
                       "posted, received, posted"});
  const SocketPair pair = connected_pair();
  buffer_text(pair, "hello");
  Port port;
  port.associate(pair.accepted, 7);
  PendingReceive receive;
  port.post(0, 1, nullptr);
  ASSERT_EQ(describe(receive.post(pair.accepted)), "5 bytes");
  port.post(0, 1, nullptr);
  std::string order;
  for (int i = 0; i < 3; ++i) {
    order += (i == 0 ? "" : ", ") + std::string(port.take().key == 7 ? "received" : "posted");
  }
  EXPECT_TRUE(sentence.matches(order));
}

TEST_F(PortAssociation, LowBitOfTheEventKeepsThePacket) {
  Documented sentence(
      {"GetQueuedCompletionStatus",
       "an application can prevent completion port notification ... by specifying a valid event handle for "
       "the hEvent member of the OVERLAPPED structure, and setting its low-order bit",
       "event signalled, 5 bytes, no packet"});
  const SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted, 7);
  PendingReceive receive;
  WSAOVERLAPPED* const overlapped = receive.overlapped();
  overlapped->hEvent = reinterpret_cast<HANDLE>(reinterpret_cast<ULONG_PTR>(overlapped->hEvent) | 1);
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  const std::string signalled =
      receive.signalled(patience_ms) ? "event signalled, " : "event not signalled, ";
  port.post(0, 1, nullptr);
  EXPECT_TRUE(sentence.matches(signalled + describe(receive.result()) +
                               (port.take().key == 1 ? ", no packet" : ", a packet")));
}

TEST_F(PortAssociation, SkippedPacketSignalsTheEventAllTheSame) {
  Documented sentence({set_modes,
                       "FILE_SKIP_SET_EVENT_ON_HANDLE ... If an explicit event is provided for the request, "
                       "it is still signaled",
                       "success, 5 bytes, event signalled"});
  const SocketPair pair = connected_pair();
  buffer_text(pair, "hello");
  Port port;
  port.associate(pair.accepted);
  const std::string set = set_notification_modes(
      pair.accepted, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE);
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  EXPECT_TRUE(sentence.matches(set + ", " + posted +
                               (receive.signalled() ? ", event signalled" : ", event not signalled")));
}

TEST_F(PortAssociation, SkippingIsForSuccessOnly) {
  Documented sentence({set_modes,
                       "the I/O Manager does not queue a completion entry to the port ... A request returns "
                       "success immediately",
                       "packet with ERROR_OPERATION_ABORTED"});
  const SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted);
  ASSERT_EQ(set_notification_modes(pair.accepted, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS), "success");
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  ASSERT_TRUE(CancelIoEx(handle_of(pair.accepted), nullptr));
  const Packet packet = port.take();
  ASSERT_TRUE(packet.dequeued);
  EXPECT_TRUE(sentence.matches("packet with " + win32_error_text(packet.error)));
}

TEST_F(PortAssociation, SkippingCannotBeTakenBack) {
  Documented sentence({set_modes, "after a mode has been set for a file handle, it cannot be removed",
                       "5 bytes at once, no packet"});
  const SocketPair pair = connected_pair();
  buffer_text(pair, "hello");
  Port port;
  port.associate(pair.accepted, 7);
  ASSERT_EQ(set_notification_modes(pair.accepted, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS), "success");
  set_notification_modes(pair.accepted, 0);  // whether refused or ignored
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  port.post(0, 1, nullptr);
  EXPECT_TRUE(
      sentence.matches(posted + (port.take().key == 1 ? " at once, no packet" : " at once, a packet")));
}

TEST_F(PortAssociation, SkippingIsForGracefulCloseToo) {
  Documented sentence({set_modes,
                       "the I/O Manager does not queue a completion entry to the port ... A request returns "
                       "success immediately",
                       "0 bytes at once, no packet"});
  SocketPair pair = connected_pair();
  pair.connected.close();
  ASSERT_TRUE(wait_readable(pair.accepted.native(), patience));
  Port port;
  port.associate(pair.accepted, 7);
  ASSERT_EQ(set_notification_modes(pair.accepted, FILE_SKIP_COMPLETION_PORT_ON_SUCCESS), "success");
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  port.post(0, 1, nullptr);
  EXPECT_TRUE(
      sentence.matches(posted + (port.take().key == 1 ? " at once, no packet" : " at once, a packet")));
}

}  // namespace
}  // namespace recvbench
