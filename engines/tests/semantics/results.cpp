// WSAGetOverlappedResult before, during and after completion, and what it says of the flags.
#include <thread>

#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class Results : public WinsockTest {};

constexpr const char* incomplete =
    "If FALSE and the operation is still pending, the function returns FALSE and the WSAGetLastError "
    "function returns WSA_IO_INCOMPLETE";
constexpr const char* waits = "If TRUE, the function does not return until the operation has been completed";
constexpr const char* partial =
    "When completion has been indicated, the application should call WSAGetOverlappedResult and examine the "
    "flags indicated by the lpdwFlags parameter";

Outcome result_of(NativeSocket socket, WSAOVERLAPPED* overlapped, BOOL wait) {
  Outcome outcome;
  if (!WSAGetOverlappedResult(socket, overlapped, &outcome.bytes, wait, &outcome.flags)) {
    outcome.error = WSAGetLastError();
  }
  return outcome;
}

TEST_F(Results, WaitEndsWithTheReceive) {
  Documented sentence({"WSAGetOverlappedResult", waits, "5 bytes"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  // Sends by its own time, so that the wait may have begun or not; either way it must end with the data.
  std::thread sender([&] { send_text(pair.connected, "hello"); });
  const Outcome outcome = result_of(pair.accepted.native(), receive.overlapped(), TRUE);
  sender.join();
  EXPECT_TRUE(sentence.matches(describe(outcome)));
}

TEST_F(Results, WaitEndsWithTheCancellation) {
  Documented sentence({"WSAGetOverlappedResult", waits, "WSA_OPERATION_ABORTED"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  std::thread canceller([&] {
    EXPECT_TRUE(CancelIoEx(reinterpret_cast<HANDLE>(pair.accepted.native()), receive.overlapped()));
  });
  const Outcome outcome = result_of(pair.accepted.native(), receive.overlapped(), TRUE);
  canceller.join();
  EXPECT_TRUE(sentence.matches(describe(outcome)));
}

TEST_F(Results, AreTheSameAsOftenAsAsked) {
  Documented sentence({"WSARecv",
                       "the amount of data transferred is indicated ... through the lpcbTransfer parameter "
                       "in WSAGetOverlappedResult",
                       "5 bytes, 5 bytes"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  const std::string first = describe(receive.finish());
  EXPECT_TRUE(sentence.matches(first + ", " + describe(receive.result())));
}

TEST_F(Results, OfAnImmediateCompletion) {
  Documented sentence({"WSARecv",
                       "If an overlapped operation completes immediately ... the lpNumberOfBytesRecvd "
                       "parameter is updated with the number of bytes received",
                       "5 bytes, result 5 bytes"});
  const SocketPair pair = connected_pair();
  buffer_text(pair, "hello");
  PendingReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  EXPECT_TRUE(sentence.matches(posted + ", result " + describe(receive.result())));
}

TEST_F(Results, CanBePolledByTheEvent) {
  Documented sentence({"WSARecv",
                       "An application can use WSAWaitForMultipleEvents or WSAGetOverlappedResult to wait or "
                       "poll on the event object",
                       "WSA_WAIT_TIMEOUT, then WSA_WAIT_EVENT_0"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  const WSAEVENT events[] = {receive.overlapped()->hEvent};
  const auto poll = [&](DWORD milliseconds) -> std::string {
    const DWORD returned = WSAWaitForMultipleEvents(1, events, TRUE, milliseconds, FALSE);
    if (returned == WSA_WAIT_TIMEOUT) return "WSA_WAIT_TIMEOUT";
    return returned == WSA_WAIT_EVENT_0 ? "WSA_WAIT_EVENT_0" : "returned " + std::to_string(returned);
  };
  const std::string before = poll(0);
  send_text(pair.connected, "hello");
  EXPECT_TRUE(sentence.matches(before + ", then " + poll(patience_ms)));
}

TEST_F(Results, WithoutAnEventTheSocketIsSignalled) {
  Documented sentence({"GetOverlappedResult",
                       "If the hEvent member of the OVERLAPPED structure is NULL, the system uses the state "
                       "of the hFile handle to signal when the operation has been completed",
                       "pending: not signalled, completed: signalled, 5 bytes"});
  const SocketPair pair = connected_pair();
  const auto signalled = [&](DWORD milliseconds) -> std::string {
    const auto handle = reinterpret_cast<HANDLE>(pair.accepted.native());
    return WaitForSingleObject(handle, milliseconds) == WAIT_OBJECT_0 ? "signalled" : "not signalled";
  };
  PendingReceive receive;
  receive.overlapped()->hEvent = nullptr;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  const std::string pending = signalled(0);
  send_text(pair.connected, "hello");
  const std::string completed = signalled(patience_ms);
  EXPECT_TRUE(sentence.matches("pending: " + pending + ", completed: " + completed + ", " +
                               describe(receive.result())));
}

TEST_F(Results, WithARoutineWithoutWaiting) {
  Documented sentence(
      {"WSARecv",
       "A caller that passes a non-NULL lpCompletionRoutine and later calls WSAGetOverlappedResult for the "
       "same overlapped I/O request may not set the fWait parameter ... to TRUE",
       "fWait FALSE: WSA_IO_INCOMPLETE, then 5 bytes"});
  const SocketPair pair = connected_pair();
  RoutineReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  const std::string pending = describe(result_of(pair.accepted.native(), receive.overlapped(), FALSE));
  send_text(pair.connected, "hello");
  ASSERT_TRUE(wait_alertably_until([&] { return receive.runs() == 1; }));
  const std::string completed = describe(result_of(pair.accepted.native(), receive.overlapped(), FALSE));
  EXPECT_TRUE(sentence.matches("fWait FALSE: " + pending + ", then " + completed));
}

TEST_F(Results, BeforeTheRoutineHasRun) {
  Documented sentence({"WSAGetOverlappedResult", incomplete, "5 bytes, 0 runs"});
  const SocketPair pair = connected_pair();
  RoutineReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  ASSERT_TRUE(wait_until([&] { return receive.completed(); }));
  const std::string outcome = describe(result_of(pair.accepted.native(), receive.overlapped(), FALSE));
  EXPECT_TRUE(sentence.matches(outcome + ", " + std::to_string(receive.runs()) + " runs"));
}

TEST_F(Results, LeaveTheByteCountAloneWhilePending) {
  Documented sentence({"WSAGetOverlappedResult",
                       "On failure, the value pointed to by lpcbTransfer will not be updated",
                       "WSA_IO_INCOMPLETE, bytes 12345"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  DWORD bytes = 12345;
  DWORD flags = 0;
  ASSERT_FALSE(WSAGetOverlappedResult(pair.accepted.native(), receive.overlapped(), &bytes, FALSE, &flags));
  EXPECT_TRUE(sentence.matches(error_text(WSAGetLastError()) + ", bytes " + std::to_string(bytes)));
}

TEST_F(Results, OfWhatIsNoSocket) {
  Documented sentence({"WSAGetOverlappedResult", "The descriptor is not a socket", "WSAENOTSOCK"});
  WSAOVERLAPPED overlapped{};
  EXPECT_TRUE(sentence.matches(describe(result_of(INVALID_SOCKET, &overlapped, FALSE))));
}

TEST_F(Results, AnErrorIsWinsocks) {
  Documented sentence({"WSAGetOverlappedResult",
                       "If WSAGetOverlappedResult returns FALSE, this means that ... the overlapped "
                       "operation completed but with errors",
                       "WSAECONNRESET"});
  SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  set_abortive_close(pair.connected);
  pair.connected.close();
  EXPECT_TRUE(sentence.matches(describe(receive.finish())));
}

std::string with_flags(const Outcome& outcome) {
  return describe(outcome) + ((outcome.flags & MSG_PARTIAL) == 0 ? ", cleared" : ", still set");
}

TEST_F(Results, SayThatADatagramWasWhole) {
  Documented sentence({"WSARecv", partial, "5 bytes, cleared"});
  const Socket receiver = bound_datagram_socket();
  const Socket sender = bound_datagram_socket();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(receiver, MSG_PARTIAL)), "WSA_IO_PENDING");
  send_datagram(sender, local_address(receiver), "hello");
  EXPECT_TRUE(sentence.matches(with_flags(receive.finish())));
}

TEST_F(Results, SayThatADatagramWasWholeAtOnce) {
  Documented sentence({"WSARecv",
                       "If an overlapped operation completes immediately ... the flag bits indicated by the "
                       "lpFlags parameter are also updated",
                       "5 bytes, cleared", on_wine("5 bytes, still set")});
  const Socket receiver = bound_datagram_socket();
  const Socket sender = bound_datagram_socket();
  send_datagram(sender, local_address(receiver), "hello");
  ASSERT_TRUE(wait_readable(receiver.native(), patience));
  PendingReceive receive;
  EXPECT_TRUE(sentence.matches(with_flags(receive.post(receiver, MSG_PARTIAL))));
}

}  // namespace
}  // namespace recvbench
