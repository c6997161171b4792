// Completed now or later: what WSARecv returns, what it leaves alone, and how the completion is indicated.
#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class ImmediateAndPending : public WinsockTest {};

TEST_F(ImmediateAndPending, BufferedDataCompletesImmediately) {
  Documented sentence(
      {"WSARecv",
       "If an overlapped operation completes immediately, WSARecv returns a value of zero and the "
       "lpNumberOfBytesRecvd parameter is updated with the number of bytes received",
       "5 bytes"});
  const SocketPair pair = connected_pair();
  buffer_text(pair, "hello");
  PendingReceive receive;
  EXPECT_TRUE(sentence.matches(describe(receive.post(pair.accepted))));
  EXPECT_EQ(receive.text(5), "hello");
}

TEST_F(ImmediateAndPending, NoDataIsPending) {
  Documented sentence(
      {"WSARecv",
       "The error code WSA_IO_PENDING indicates that the overlapped operation has been successfully "
       "initiated and that completion will be indicated at a later time",
       "WSA_IO_PENDING, then 5 bytes"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  EXPECT_FALSE(receive.signalled());
  send_text(pair.connected, "hello");
  EXPECT_TRUE(sentence.matches(posted + ", then " + describe(receive.finish())));
  EXPECT_EQ(receive.text(5), "hello");
}

TEST_F(ImmediateAndPending, ImmediateCompletionSignalsTheEventToo) {
  Documented sentence(
      {"WSARecv",
       "If the lpCompletionRoutine parameter is NULL, the hEvent parameter of lpOverlapped is signaled "
       "when the overlapped operation completes",
       "5 bytes, event signalled"});
  const SocketPair pair = connected_pair();
  buffer_text(pair, "hello");
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  EXPECT_TRUE(
      sentence.matches(posted + (receive.signalled() ? ", event signalled" : ", event not signalled")));
}

TEST_F(ImmediateAndPending, PostingResetsTheEvent) {
  Documented sentence({"OVERLAPPED structure",
                       "Functions such as ReadFile and WriteFile set this handle to the nonsignaled state "
                       "before they begin an I/O operation",
                       "event reset by the call"});
  const SocketPair pair = connected_pair();
  buffer_text(pair, "hello");
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "5 bytes");
  ASSERT_TRUE(receive.signalled());
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  EXPECT_TRUE(sentence.matches(receive.signalled() ? "event left signalled" : "event reset by the call"));
}

TEST_F(ImmediateAndPending, ImmediateCompletionSchedulesTheRoutine) {
  Documented sentence(
      {"WSARecv",
       "In this case, the completion routine will have already been scheduled to be called once the "
       "calling thread is in the alertable state",
       "5 bytes, 0 runs before and 1 in the first alertable wait"});
  const SocketPair pair = connected_pair();
  buffer_text(pair, "hello");
  RoutineReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  const int before = receive.runs();
  SleepEx(0, TRUE);  // no time to wait: what runs now had been scheduled
  EXPECT_TRUE(sentence.matches(posted + ", " + std::to_string(before) + " runs before and " +
                               std::to_string(receive.runs()) + " in the first alertable wait"));
  EXPECT_EQ(receive.text(), "hello");
}

TEST_F(ImmediateAndPending, PendingLeavesTheByteCountAlone) {
  Documented sentence({"WSARecv",
                       "If the overlapped operation is successfully initiated and will complete later ... "
                       "lpNumberOfBytesRecvd and lpFlags are not updated",
                       "bytes 12345"});
  const SocketPair pair = connected_pair();
  Event event;
  WSAOVERLAPPED overlapped{};
  overlapped.hEvent = event.handle();
  char byte = 0;
  WSABUF buffer{1, &byte};
  DWORD bytes = 12345;
  DWORD flags = 0;
  ASSERT_EQ(WSARecv(pair.accepted.native(), &buffer, 1, &bytes, &flags, &overlapped, nullptr), SOCKET_ERROR);
  ASSERT_EQ(error_text(WSAGetLastError()), "WSA_IO_PENDING");
  send_text(pair.connected, "x");
  ASSERT_TRUE(event.wait(patience_ms));
  EXPECT_TRUE(sentence.matches("bytes " + std::to_string(bytes)));
}

TEST_F(ImmediateAndPending, PendingLeavesTheFlagsAlone) {
  Documented sentence({"WSARecv",
                       "In the case of delayed completion, the value pointed to by lpFlags is not updated",
                       "MSG_PARTIAL as given"});
  const Socket receiver = bound_datagram_socket();
  const Socket sender = bound_datagram_socket();
  Event event;
  WSAOVERLAPPED overlapped{};
  overlapped.hEvent = event.handle();
  char byte = 0;
  WSABUF buffer{1, &byte};
  DWORD flags = MSG_PARTIAL;  // a whole message would clear it
  ASSERT_EQ(WSARecv(receiver.native(), &buffer, 1, nullptr, &flags, &overlapped, nullptr), SOCKET_ERROR);
  ASSERT_EQ(error_text(WSAGetLastError()), "WSA_IO_PENDING");
  send_datagram(sender, local_address(receiver), "x");
  ASSERT_TRUE(event.wait(patience_ms));
  EXPECT_TRUE(
      sentence.matches(flags == MSG_PARTIAL ? "MSG_PARTIAL as given" : "flags " + std::to_string(flags)));
}

TEST_F(ImmediateAndPending, ByteCountMayBeNullWithOverlapped) {
  Documented sentence({"WSARecv", "Use NULL for this parameter if the lpOverlapped parameter is not NULL",
                       "0, then 5 bytes"});
  const SocketPair pair = connected_pair();
  buffer_text(pair, "hello");
  Event event;
  WSAOVERLAPPED overlapped{};
  overlapped.hEvent = event.handle();
  char data[16];
  WSABUF buffer{sizeof data, data};
  DWORD flags = 0;
  const int returned = WSARecv(pair.accepted.native(), &buffer, 1, nullptr, &flags, &overlapped, nullptr);
  ASSERT_TRUE(event.wait(patience_ms));
  DWORD bytes = 0;
  ASSERT_TRUE(WSAGetOverlappedResult(pair.accepted.native(), &overlapped, &bytes, FALSE, &flags));
  EXPECT_TRUE(sentence.matches(std::to_string(returned) + ", then " + std::to_string(bytes) + " bytes"));
}

TEST_F(ImmediateAndPending, ResultBeforeCompletionIsIncomplete) {
  Documented sentence(
      {"WSARecv",
       "If the operation does not complete immediately, the final completion status is retrieved "
       "through the completion routine or WSAGetOverlappedResult",
       "WSA_IO_INCOMPLETE, then 5 bytes"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  const std::string before = describe(receive.result());
  send_text(pair.connected, "hello");
  EXPECT_TRUE(sentence.matches(before + ", then " + describe(receive.finish())));
}

TEST_F(ImmediateAndPending, ResultCanBeAwaited) {
  Documented sentence(
      {"WSARecv",
       "An application can use WSAWaitForMultipleEvents or WSAGetOverlappedResult to wait or poll on "
       "the event object",
       "5 bytes"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  const WSAEVENT events[] = {receive.overlapped()->hEvent};
  ASSERT_EQ(WSAWaitForMultipleEvents(1, events, TRUE, patience_ms, FALSE), WSA_WAIT_EVENT_0);
  Outcome outcome;
  // The event has fired, so fWait cannot block.
  if (!WSAGetOverlappedResult(pair.accepted.native(), receive.overlapped(), &outcome.bytes, TRUE,
                              &outcome.flags)) {
    outcome.error = WSAGetLastError();
  }
  EXPECT_TRUE(sentence.matches(describe(outcome)));
}

TEST_F(ImmediateAndPending, WithoutOverlappedTheSocketBlocks) {
  Documented sentence(
      {"WSARecv",
       "If both lpOverlapped and lpCompletionRoutine are NULL, the socket in this function will be "
       "treated as a nonoverlapped socket",
       "5 bytes"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  std::vector<char> buffer(16);
  EXPECT_TRUE(sentence.matches(describe(receive(pair.accepted.native(), buffer))));
}

}  // namespace
}  // namespace recvbench
