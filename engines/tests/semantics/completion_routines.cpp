// When completion routines run, in which thread state, and what they may do.
#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <thread>

#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class CompletionRoutines : public WinsockTest {};

TEST_F(CompletionRoutines, WaitForAnAlertableWait) {
  Documented sentence(
      {"WSARecv",
       "The completion routine will not be invoked until the thread is in an alertable wait state such "
       "as can occur when WSAWaitForMultipleEvents with the fAlertable parameter set to TRUE is invoked",
       "plain wait: 0 runs, WSA_WAIT_TIMEOUT; alertable wait: 1 run, WSA_WAIT_IO_COMPLETION"});
  const SocketPair pair = connected_pair();
  RoutineReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  ASSERT_TRUE(wait_until([&] { return receive.completed(); }));
  const Event never;
  const WSAEVENT events[] = {never.handle()};
  const auto wait = [&](BOOL alertable, DWORD milliseconds) {
    const DWORD returned = WSAWaitForMultipleEvents(1, events, FALSE, milliseconds, alertable);
    const std::string runs = std::to_string(receive.runs()) + (receive.runs() == 1 ? " run, " : " runs, ");
    if (returned == WSA_WAIT_IO_COMPLETION) return runs + "WSA_WAIT_IO_COMPLETION";
    return runs +
           (returned == WSA_WAIT_TIMEOUT ? "WSA_WAIT_TIMEOUT" : "wait returned " + std::to_string(returned));
  };
  const std::string plain = wait(FALSE, 10);
  EXPECT_TRUE(sentence.matches("plain wait: " + plain + "; alertable wait: " + wait(TRUE, patience_ms)));
}

TEST_F(CompletionRoutines, SleepExReportsThem) {
  Documented sentence(
      {"WSARecv",
       "The completion routine follows the same rules as stipulated for Windows file I/O completion "
       "routines",
       "WAIT_IO_COMPLETION"});
  const SocketPair pair = connected_pair();
  RoutineReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  const DWORD returned = SleepEx(patience_ms, TRUE);
  EXPECT_EQ(receive.runs(), 1);
  EXPECT_TRUE(
      sentence.matches(returned == WAIT_IO_COMPLETION ? "WAIT_IO_COMPLETION" : std::to_string(returned)));
}

TEST_F(CompletionRoutines, AllWaitingAreCalledBeforeTheWaitReturns) {
  Documented sentence(
      {"WSARecv",
       "all waiting completion routines are called before the alertable thread's wait is satisfied "
       "with a return code of WSA_IO_COMPLETION",
       "8 of 8 in one wait"});
  std::array<SocketPair, 8> pairs;
  std::array<std::unique_ptr<RoutineReceive>, 8> receives;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i] = connected_pair();
    buffer_text(pairs[i], "x");
    receives[i] = std::make_unique<RoutineReceive>();
    ASSERT_EQ(describe(receives[i]->post(pairs[i].accepted)), "1 byte");  // its routine waits from now on
  }
  const Event never;
  const WSAEVENT events[] = {never.handle()};
  ASSERT_EQ(WSAWaitForMultipleEvents(1, events, FALSE, patience_ms, TRUE), DWORD{WSA_WAIT_IO_COMPLETION});
  const auto ran =
      std::count_if(receives.begin(), receives.end(), [](const auto& r) { return r->runs() == 1; });
  EXPECT_TRUE(sentence.matches(std::to_string(ran) + " of 8 in one wait"));
}

TEST_F(CompletionRoutines, MayReceiveAgain) {
  Documented sentence(
      {"WSARecv",
       "The WSARecv function using overlapped I/O can be called from within the completion routine of "
       "a previous WSARecv",
       "hello"});
  const SocketPair pair = connected_pair();
  std::string received;
  RoutineReceive receive(
      [&](RoutineReceive& self) {
        received += self.text();
        if (received.size() < 5) {
          const int error = self.post(pair.accepted).error;
          EXPECT_TRUE(error == 0 || error == WSA_IO_PENDING) << error_text(error);
        }
      },
      1);
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  ASSERT_TRUE(wait_alertably_until([&] { return received.size() == 5; }));
  EXPECT_TRUE(sentence.matches(received));
}

// A receive posted from inside the routine of another kind of call, which is made once.
struct FirstCall {
  WSAOVERLAPPED overlapped{};
  RoutineReceive* receive = nullptr;
  const Socket* socket = nullptr;
  std::string posted;
};
void CALLBACK post_receive(DWORD error, DWORD, WSAOVERLAPPED* overlapped, DWORD) {
  FirstCall& call = *CONTAINING_RECORD(overlapped, FirstCall, overlapped);
  EXPECT_EQ(error, DWORD{0});
  call.posted = describe(call.receive->post(*call.socket));
}

constexpr const char* from_others =
    "The WSARecv function using overlapped I/O can be called from within the completion routine of a "
    "previous WSARecv, WSARecvFrom, WSASend or WSASendTo function";

TEST_F(CompletionRoutines, OfASendMayReceive) {
  Documented sentence({"WSARecv", from_others, "WSA_IO_PENDING, then hello"});
  const SocketPair pair = connected_pair();
  RoutineReceive receive;
  FirstCall call;
  call.receive = &receive;
  call.socket = &pair.accepted;
  char data[] = "x";
  WSABUF buffer{1, data};
  const int sent = WSASend(pair.accepted.native(), &buffer, 1, nullptr, 0, &call.overlapped, &post_receive);
  ASSERT_TRUE(sent == 0 || WSAGetLastError() == WSA_IO_PENDING);
  ASSERT_TRUE(wait_alertably_until([&] { return !call.posted.empty(); }));
  send_text(pair.connected, "hello");
  ASSERT_TRUE(wait_alertably_until([&] { return receive.runs() == 1; }));
  EXPECT_TRUE(sentence.matches(call.posted + ", then " + receive.text()));
}

TEST_F(CompletionRoutines, OfAReceiveFromMayReceive) {
  Documented sentence({"WSARecv", from_others, "WSA_IO_PENDING, then hello"});
  const Socket receiver = bound_datagram_socket();
  const Socket sender = bound_datagram_socket();
  RoutineReceive receive;
  FirstCall call;
  call.receive = &receive;
  call.socket = &receiver;
  char data[16];
  WSABUF buffer{sizeof data, data};
  DWORD flags = 0;
  ASSERT_EQ(WSARecvFrom(receiver.native(), &buffer, 1, nullptr, &flags, nullptr, nullptr, &call.overlapped,
                        &post_receive),
            SOCKET_ERROR);
  ASSERT_EQ(error_text(WSAGetLastError()), "WSA_IO_PENDING");
  send_datagram(sender, local_address(receiver), "first");
  ASSERT_TRUE(wait_alertably_until([&] { return !call.posted.empty(); }));
  send_datagram(sender, local_address(receiver), "hello");
  ASSERT_TRUE(wait_alertably_until([&] { return receive.runs() == 1; }));
  EXPECT_TRUE(sentence.matches(call.posted + ", then " + receive.text()));
}

TEST_F(CompletionRoutines, AreToldTheByteCount) {
  Documented sentence(
      {"WSARecv", "The cbTransferred parameter specifies the number of bytes received", "5 bytes"});
  const SocketPair pair = connected_pair();
  RoutineReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  ASSERT_TRUE(wait_alertably_until([&] { return receive.runs() == 1; }));
  EXPECT_TRUE(sentence.matches(describe(receive.outcome())));
}

TEST_F(CompletionRoutines, AreRefusedOnASocketOfAPort) {
  Documented sentence({"CreateIoCompletionPort",
                       "After an instance of an open handle is associated with an I/O completion port, it "
                       "cannot be used in the ReadFileEx or WriteFileEx function because these functions "
                       "have their own asynchronous I/O mechanisms",
                       "WSAEINVAL, 0 runs"});
  const SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted);
  RoutineReceive receive;
  const std::string posted = describe(receive.post(pair.accepted));
  SleepEx(0, TRUE);
  EXPECT_TRUE(sentence.matches(posted + ", " + std::to_string(receive.runs()) + " runs"));
}

TEST_F(CompletionRoutines, AreNotNested) {
  Documented sentence(
      {"WSARecv", "For a given socket, I/O completion routines will not be nested", "5 runs, depth 1"});
  const SocketPair pair = connected_pair();
  buffer_text(pair, "hello");
  int depth = 0;
  int deepest = 0;
  RoutineReceive receive(
      [&](RoutineReceive& self) {
        deepest = std::max(deepest, ++depth);
        // Completes at once, so that its routine is waiting while this one still runs.
        if (self.runs() < 5) {
          EXPECT_EQ(describe(self.post(pair.accepted)), "1 byte");
        }
        --depth;
      },
      1);
  ASSERT_EQ(describe(receive.post(pair.accepted)), "1 byte");
  ASSERT_TRUE(wait_alertably_until([&] { return receive.runs() == 5; }));
  EXPECT_TRUE(sentence.matches(std::to_string(receive.runs()) + " runs, depth " + std::to_string(deepest)));
}

TEST_F(CompletionRoutines, FillTheirBuffersInPostingOrder) {
  Documented sentence(
      {"WSARecv",
       "The completion routines can be called in any order ... However, the posted buffers are "
       "guaranteed to be filled in the same order in which they are specified",
       "abc def ghi "});
  const SocketPair pair = connected_pair();
  std::array<std::unique_ptr<RoutineReceive>, 3> receives;
  for (auto& receive : receives) {
    receive = std::make_unique<RoutineReceive>(RoutineReceive::Routine{}, 3);
    ASSERT_EQ(describe(receive->post(pair.accepted)), "WSA_IO_PENDING");
  }
  send_text(pair.connected, "abcdefghi");
  std::string filled;
  for (auto& receive : receives) {
    ASSERT_TRUE(wait_alertably_until([&] { return receive->runs() == 1; }));
    filled += receive->text() + " ";
  }
  EXPECT_TRUE(sentence.matches(filled));
}

TEST_F(CompletionRoutines, LeaveTheEventFieldToTheApplication) {
  Documented sentence(
      {"WSARecv",
       "If lpCompletionRoutine is not NULL, the hEvent parameter is ignored and can be used by the "
       "application to pass context information to the completion routine",
       "context unchanged, event left alone"});
  const SocketPair pair = connected_pair();
  const Event event;  // even a valid handle is ignored
  RoutineReceive receive;
  receive.set_context(event.handle());
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  ASSERT_TRUE(wait_alertably_until([&] { return receive.runs() == 1; }));
  EXPECT_TRUE(sentence.matches(
      std::string(receive.context() == event.handle() ? "context unchanged" : "context changed") +
      (event.wait(0) ? ", event signalled" : ", event left alone")));
}

TEST_F(CompletionRoutines, TakeAnyContext) {
  Documented sentence({"WSARecv",
                       "can be used by the application to pass context information to the completion routine",
                       "42"});
  const SocketPair pair = connected_pair();
  int context = 42;
  int seen = 0;
  RoutineReceive receive([&](RoutineReceive& self) { seen = *static_cast<int*>(self.context()); });
  receive.set_context(&context);
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  ASSERT_TRUE(wait_alertably_until([&] { return receive.runs() == 1; }));
  EXPECT_TRUE(sentence.matches(std::to_string(seen)));
}

TEST_F(CompletionRoutines, RunInTheThreadThatPosted) {
  Documented sentence(
      {"WSARecv",
       "the completion routine will have already been scheduled to be called once the calling thread "
       "is in the alertable state",
       "0 runs in another thread, 1 in its own"});
  const SocketPair pair = connected_pair();
  buffer_text(pair, "hello");
  RoutineReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "5 bytes");
  int elsewhere = 0;
  std::thread([&] {
    SleepEx(10, TRUE);
    elsewhere = receive.runs();
  }).join();
  SleepEx(0, TRUE);
  EXPECT_TRUE(sentence.matches(std::to_string(elsewhere) + " runs in another thread, " +
                               std::to_string(receive.runs()) + " in its own"));
}

// The blocking receive can only end if the call queued to its thread runs while it waits: that call has the
// data sent.
TEST_F(CompletionRoutines, BlockingReceiveWaitsAlertably) {
  Documented sentence({"WSARecv",
                       "Winsock performs an alertable wait in this situation, which can be interrupted by an "
                       "asynchronous procedure call (APC) scheduled on the same thread",
                       "5 bytes"});
  const SocketPair pair = blocking_pair();
  Event called;
  std::thread sender([&] {
    if (called.wait(patience_ms / 2)) send_text(pair.connected, "hello");
  });
  const auto call = [](ULONG_PTR event) { WSASetEvent(reinterpret_cast<WSAEVENT>(event)); };
  const DWORD queued = QueueUserAPC(call, GetCurrentThread(), reinterpret_cast<ULONG_PTR>(called.handle()));
  std::vector<char> buffer(16);
  const Outcome outcome = receive(pair.accepted.native(), buffer);
  SleepEx(0, TRUE);  // takes the call back where the receive has not run it
  sender.join();
  ASSERT_NE(queued, DWORD{0});
  EXPECT_TRUE(sentence.matches(describe(outcome)));
}

}  // namespace
}  // namespace recvbench
