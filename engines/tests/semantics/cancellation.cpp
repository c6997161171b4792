// How pending receives end before data comes: closed socket, CancelIoEx, end of the thread that posted them.
#include <thread>

#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class Cancellation : public WinsockTest {};

constexpr const char* closed = "The overlapped operation has been canceled due to the closure of the socket";
constexpr const char* thread_exit = "All I/O initiated by a given thread is canceled when that thread exits";

TEST_F(Cancellation, ClosingTheSocketSignalsTheEvent) {
  Documented sentence({"WSARecv", closed, "event signalled, receive failed"});
  SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  pair.accepted.close();
  const bool signalled = receive.signalled(patience_ms);
  // The socket is gone, so that WSAGetOverlappedResult cannot be asked: the status says that it failed
  // (NT_ERROR).
  const bool failed = static_cast<LONG>(receive.overlapped()->Internal) < 0;
  EXPECT_TRUE(sentence.matches(std::string(signalled ? "event signalled" : "event not signalled") +
                               (failed ? ", receive failed" : ", receive succeeded")));
}

TEST_F(Cancellation, ClosingTheSocketReachesTheRoutine) {
  // Which error differs, as with a port below.
  Documented sentence({"WSARecv", closed, "an error"});
  SocketPair pair = connected_pair();
  RoutineReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  pair.accepted.close();
  ASSERT_TRUE(wait_alertably_until([&] { return receive.runs() == 1; }));
  const std::string outcome = describe(receive.outcome());
  EXPECT_TRUE(sentence.matches(outcome.find("WSA") == 0 ? "an error" : outcome));
}

TEST_F(Cancellation, ClosingTheSocketReachesThePort) {
  // Which error the packet carries differs between Windows versions and providers; that it is one does not.
  Documented sentence({"WSARecv", closed, "a packet with an error"});
  SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted);
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  pair.accepted.close();
  const Packet packet = port.take();
  ASSERT_TRUE(packet.dequeued);
  EXPECT_EQ(packet.overlapped, receive.overlapped());
  EXPECT_TRUE(sentence.matches(packet.succeeded ? "a packet without error" : "a packet with an error"));
}

TEST_F(Cancellation, CancelIoExAborts) {
  Documented sentence({"WSARecv", "WSA_OPERATION_ABORTED: The overlapped operation has been canceled",
                       "WSA_OPERATION_ABORTED"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  ASSERT_TRUE(CancelIoEx(reinterpret_cast<HANDLE>(pair.accepted.native()), receive.overlapped()));
  EXPECT_TRUE(sentence.matches(describe(receive.finish())));
}

TEST_F(Cancellation, CancelIoExReachesTheRoutine) {
  Documented sentence({"WSARecv", "The dwError specifies the completion status for the overlapped operation",
                       "WSA_OPERATION_ABORTED"});
  const SocketPair pair = connected_pair();
  RoutineReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  ASSERT_TRUE(CancelIoEx(reinterpret_cast<HANDLE>(pair.accepted.native()), nullptr));
  ASSERT_TRUE(wait_alertably_until([&] { return receive.runs() == 1; }));
  EXPECT_TRUE(sentence.matches(describe(receive.outcome())));
}

TEST_F(Cancellation, CancelIoExReachesThePort) {
  Documented sentence({"WSARecv", "WSA_OPERATION_ABORTED: The overlapped operation has been canceled",
                       "WSA_OPERATION_ABORTED"});
  const SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted);
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  ASSERT_TRUE(CancelIoEx(reinterpret_cast<HANDLE>(pair.accepted.native()), nullptr));
  const Packet packet = port.take();
  ASSERT_TRUE(packet.dequeued);
  EXPECT_FALSE(packet.succeeded);
  EXPECT_TRUE(sentence.matches(error_text(static_cast<int>(packet.error))));
}

TEST_F(Cancellation, CancelIoExTakesOneOfSeveral) {
  Documented sentence(
      {"WSARecv",
       "If multiple I/O operations are simultaneously outstanding, each must reference a separate "
       "WSAOVERLAPPED structure",
       "5 bytes, WSA_OPERATION_ABORTED, 5 bytes"});
  const SocketPair pair = connected_pair();
  PendingReceive first(5);
  PendingReceive second(5);
  PendingReceive third(5);
  ASSERT_EQ(describe(first.post(pair.accepted)), "WSA_IO_PENDING");
  ASSERT_EQ(describe(second.post(pair.accepted)), "WSA_IO_PENDING");
  ASSERT_EQ(describe(third.post(pair.accepted)), "WSA_IO_PENDING");
  ASSERT_TRUE(CancelIoEx(reinterpret_cast<HANDLE>(pair.accepted.native()), second.overlapped()));
  const std::string cancelled = describe(second.finish());
  send_text(pair.connected, "helloworld");
  const std::string before = describe(first.finish());
  EXPECT_TRUE(sentence.matches(before + ", " + cancelled + ", " + describe(third.finish())));
  EXPECT_EQ(first.text(5) + third.text(5), "helloworld");
}

TEST_F(Cancellation, SocketWorksOnAfterCancelIoEx) {
  Documented sentence(
      {"WSARecv", "WSA_OPERATION_ABORTED: The overlapped operation has been canceled", "hello"});
  const SocketPair pair = connected_pair();
  PendingReceive cancelled;
  ASSERT_EQ(describe(cancelled.post(pair.accepted)), "WSA_IO_PENDING");
  ASSERT_TRUE(CancelIoEx(reinterpret_cast<HANDLE>(pair.accepted.native()), cancelled.overlapped()));
  ASSERT_EQ(describe(cancelled.finish()), "WSA_OPERATION_ABORTED");
  send_text(pair.connected, "hello");  // nothing of it may land in the cancelled buffer
  PendingReceive next;
  const Outcome posted = next.post(pair.accepted);
  ASSERT_TRUE(posted.error == 0 || posted.error == WSA_IO_PENDING) << describe(posted);
  EXPECT_TRUE(sentence.matches(next.text(next.finish().bytes)));
  EXPECT_EQ(cancelled.text(5), std::string(5, '\0'));
}

TEST_F(Cancellation, EndOfTheThreadCancelsItsReceives) {
  Documented sentence({"WSARecv", thread_exit, "WSA_OPERATION_ABORTED"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  std::string posted;
  std::thread([&] { posted = describe(receive.post(pair.accepted)); }).join();
  ASSERT_EQ(posted, "WSA_IO_PENDING");
  EXPECT_TRUE(sentence.matches(describe(receive.finish())));
}

TEST_F(Cancellation, EndOfTheThreadLeavesTheSocketToOthers) {
  Documented sentence({"WSARecv", thread_exit, "WSA_OPERATION_ABORTED, then hello"});
  const SocketPair pair = blocking_pair();
  PendingReceive receive;
  std::string posted;
  std::thread([&] { posted = describe(receive.post(pair.accepted)); }).join();
  ASSERT_EQ(posted, "WSA_IO_PENDING");
  const std::string cancelled = describe(receive.finish());
  send_text(pair.connected, "hello");  // nothing of it may land in the cancelled buffer
  EXPECT_TRUE(sentence.matches(cancelled + ", then " + receive_text(pair.accepted)));
}

TEST_F(Cancellation, EndOfTheThreadSparesOtherThreadsReceives) {
  Documented sentence({"WSARecv", thread_exit, "WSA_OPERATION_ABORTED, here 5 bytes"});
  const SocketPair pair = connected_pair();
  PendingReceive here;
  PendingReceive elsewhere;
  ASSERT_EQ(describe(here.post(pair.accepted)), "WSA_IO_PENDING");
  std::string posted;
  std::thread([&] { posted = describe(elsewhere.post(pair.accepted)); }).join();
  ASSERT_EQ(posted, "WSA_IO_PENDING");
  const std::string cancelled = describe(elsewhere.finish());
  send_text(pair.connected, "hello");
  EXPECT_TRUE(sentence.matches(cancelled + ", here " + describe(here.finish())));
}

TEST_F(Cancellation, EndOfTheThreadSparesReceivesOnAPort) {
  Documented sentence(
      {"ExitThread",
       "all pending I/O initiated by the thread that is not associated with a completion port is "
       "canceled",
       "5 bytes", on_wine("WSA_OPERATION_ABORTED")});
  const SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted);
  PendingReceive receive;
  std::string posted;
  std::thread([&] { posted = describe(receive.post(pair.accepted)); }).join();
  ASSERT_EQ(posted, "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  const Packet packet = port.take();
  ASSERT_TRUE(packet.dequeued);
  EXPECT_TRUE(sentence.matches(describe(receive.result())));
}

}  // namespace
}  // namespace recvbench
