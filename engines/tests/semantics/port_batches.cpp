// GetQueuedCompletionStatusEx: several packets a call, each with its status as an NTSTATUS in its OVERLAPPED.
#include <cstdio>
#include <vector>

#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class PortBatches : public WinsockTest {};

constexpr const char* document = "GetQueuedCompletionStatusEx";
constexpr const char* several = "Retrieves multiple completion port entries simultaneously";
constexpr const char* status =
    "it is possible that one or more I/O operations failed ... by looking at the status contained in the "
    "lpOverlapped member in each OVERLAPPED_ENTRY";

struct Batch {
  bool succeeded = false;
  DWORD error = 0;  // GetLastError where not
  std::vector<OVERLAPPED_ENTRY> entries;
};

Batch take_batch(const Port& port, ULONG most, DWORD milliseconds = patience_ms, bool alertable = false) {
  Batch batch;
  batch.entries.resize(most);
  ULONG taken = 0;
  batch.succeeded = GetQueuedCompletionStatusEx(port.handle(), batch.entries.data(), most, &taken,
                                                milliseconds, alertable ? TRUE : FALSE);
  if (!batch.succeeded) batch.error = GetLastError();
  batch.entries.resize(batch.succeeded ? taken : 0);
  return batch;
}

std::string keys_of(const Batch& batch) {
  std::string keys;
  for (const OVERLAPPED_ENTRY& entry : batch.entries)
    keys += (keys.empty() ? "" : " ") + std::to_string(entry.lpCompletionKey);
  return keys;
}

// "0xC0000120"
std::string status_of(const OVERLAPPED* overlapped) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08lX", static_cast<unsigned long>(overlapped->Internal));
  return text;
}

TEST_F(PortBatches, TakeAllThatIsQueued) {
  Documented sentence({document, several, "1 2 3"});
  Port port;
  for (ULONG_PTR key = 1; key <= 3; ++key) port.post(0, key, nullptr);
  EXPECT_TRUE(sentence.matches(keys_of(take_batch(port, 8))));
}

TEST_F(PortBatches, TakeNoMoreThanAsked) {
  Documented sentence({document, "ulCount: The maximum number of entries to remove", "1 2, then 3"});
  Port port;
  for (ULONG_PTR key = 1; key <= 3; ++key) port.post(0, key, nullptr);
  const std::string first = keys_of(take_batch(port, 2));
  EXPECT_TRUE(sentence.matches(first + ", then " + keys_of(take_batch(port, 2))));
}

TEST_F(PortBatches, ReturnWithTheFirst) {
  Documented sentence({document, "This function returns TRUE when at least one pending I/O is completed",
                       "5 bytes, 1 entry"});
  const SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted);
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  const Batch batch = take_batch(port, 8);
  ASSERT_FALSE(batch.entries.empty());
  EXPECT_TRUE(sentence.matches(std::to_string(batch.entries[0].dwNumberOfBytesTransferred) + " bytes, " +
                               std::to_string(batch.entries.size()) + " entry"));
}

TEST_F(PortBatches, CarryPostedPacketsVerbatim) {
  Documented sentence({"PostQueuedCompletionStatus",
                       "The system does not use or validate these values. In particular, the lpOverlapped "
                       "parameter need not point to an OVERLAPPED structure",
                       "bytes 4000000000, key 81985529216486895, overlapped as given"});
  Port port;
  OVERLAPPED* const overlapped = reinterpret_cast<OVERLAPPED*>(ULONG_PTR{0x1234});  // never dereferenced
  port.post(4'000'000'000, 0x0123456789ABCDEF, overlapped);
  const Batch batch = take_batch(port, 1);
  ASSERT_EQ(batch.entries.size(), 1u);
  const OVERLAPPED_ENTRY& entry = batch.entries[0];
  EXPECT_TRUE(sentence.matches("bytes " + std::to_string(entry.dwNumberOfBytesTransferred) + ", key " +
                               std::to_string(entry.lpCompletionKey) +
                               (entry.lpOverlapped == overlapped ? ", overlapped as given" : ", another")));
}

TEST_F(PortBatches, GiveUpAfterTheCallersWaitTime) {
  Documented sentence({document,
                       "If a completion packet does not appear within the specified time, the function times "
                       "out and returns FALSE",
                       "WAIT_TIMEOUT"});
  Port port;
  const Batch batch = take_batch(port, 1, 1);
  EXPECT_TRUE(sentence.matches(batch.succeeded ? "success" : win32_error_text(batch.error)));
}

TEST_F(PortBatches, EndWithACallQueuedToTheThreadWhereAlertable) {
  Documented sentence({document,
                       "fAlertable: If the parameter is TRUE and there are no available entries, the "
                       "function performs an alertable wait",
                       "WAIT_IO_COMPLETION, 1 call"});
  Port port;
  int calls = 0;
  const auto call = [](ULONG_PTR counter) { ++*reinterpret_cast<int*>(counter); };
  ASSERT_NE(QueueUserAPC(call, GetCurrentThread(), reinterpret_cast<ULONG_PTR>(&calls)), DWORD{0});
  const Batch batch = take_batch(port, 1, patience_ms, true);
  SleepEx(0, TRUE);  // takes the call back where the wait has not run it
  EXPECT_TRUE(sentence.matches((batch.succeeded ? "success, " : win32_error_text(batch.error) + ", ") +
                               std::to_string(calls) + (calls == 1 ? " call" : " calls")));
}

TEST_F(PortBatches, LeaveACallQueuedToTheThreadWhereNotAlertable) {
  Documented sentence({document,
                       "fAlertable: If this parameter is FALSE, the function does not return until the "
                       "time-out period has elapsed or an entry is retrieved",
                       "WAIT_TIMEOUT, 0 calls"});
  Port port;
  int calls = 0;
  const auto call = [](ULONG_PTR counter) { ++*reinterpret_cast<int*>(counter); };
  ASSERT_NE(QueueUserAPC(call, GetCurrentThread(), reinterpret_cast<ULONG_PTR>(&calls)), DWORD{0});
  const Batch batch = take_batch(port, 1, 1);
  const int during = calls;
  SleepEx(0, TRUE);
  EXPECT_TRUE(sentence.matches((batch.succeeded ? "success, " : win32_error_text(batch.error) + ", ") +
                               std::to_string(during) + " calls"));
}

// The statuses behind the codes that WSAGetOverlappedResult gives.

TEST_F(PortBatches, StatusWhilePending) {
  Documented sentence({"OVERLAPPED structure",
                       "When the request is issued, the system sets this member to STATUS_PENDING to "
                       "indicate that the operation has not yet started",
                       "0x00000103"});
  const SocketPair pair = connected_pair();
  PendingReceive receive;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  EXPECT_TRUE(sentence.matches(status_of(receive.overlapped())));
}

// Watched without taking the packet: a port has no other look at what it holds.
TEST_F(PortBatches, StatusUntilThePacketIsTaken) {
  Documented sentence({"I/O Completion Ports",
                       "When a file handle is associated with a completion port, the status block passed in "
                       "will not be updated until the packet is removed from the completion port",
                       "0x00000103, then 0x00000000", on_wine("0x00000000, then 0x00000000")});
  const SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted);
  PendingReceive receive;
  receive.overlapped()->hEvent = nullptr;
  ASSERT_EQ(describe(receive.post(pair.accepted)), "WSA_IO_PENDING");
  send_text(pair.connected, "hello");
  const Event never;
  for (DWORD watched = 0; watched < wine_watch_ms && !HasOverlappedIoCompleted(receive.overlapped());
       watched += 10) {
    never.wait(10);
  }
  const std::string queued = status_of(receive.overlapped());
  ASSERT_TRUE(port.take().dequeued);
  EXPECT_TRUE(sentence.matches(queued + ", then " + status_of(receive.overlapped())));
}

class PortStatus : public WinsockTest {
 protected:
  void SetUp() override {
    pair_ = connected_pair();
    port_.associate(pair_.accepted);
    ASSERT_EQ(describe(receive_.post(pair_.accepted)), "WSA_IO_PENDING");
  }
  // That of the one entry, and that the call itself knows nothing of it.
  std::string entry_status() {
    const Batch batch = take_batch(port_, 4);
    if (batch.entries.size() != 1) return std::to_string(batch.entries.size()) + " entries";
    return (batch.succeeded ? "TRUE, " : "FALSE, ") + status_of(batch.entries[0].lpOverlapped);
  }

  SocketPair pair_;
  Port port_;
  PendingReceive receive_{4};
};

TEST_F(PortStatus, OfData) {
  Documented sentence({document, status, "TRUE, 0x00000000"});
  send_text(pair_.connected, "data");
  EXPECT_TRUE(sentence.matches(entry_status()));
}

TEST_F(PortStatus, OfAGracefulClose) {
  Documented sentence({document, status, "TRUE, 0x00000000"});
  pair_.connected.close();
  EXPECT_TRUE(sentence.matches(entry_status()));
}

TEST_F(PortStatus, OfAReset) {
  Documented sentence({document, status, "TRUE, 0xC000020D"});  // STATUS_CONNECTION_RESET
  set_abortive_close(pair_.connected);
  pair_.connected.close();
  EXPECT_TRUE(sentence.matches(entry_status()));
}

TEST_F(PortStatus, OfACancellation) {
  Documented sentence({document, status, "TRUE, 0xC0000120"});  // STATUS_CANCELLED
  ASSERT_TRUE(CancelIoEx(reinterpret_cast<HANDLE>(pair_.accepted.native()), nullptr));
  EXPECT_TRUE(sentence.matches(entry_status()));
}

TEST_F(PortBatches, StatusOfATruncatedDatagram) {
  Documented sentence({document, status, "0x80000005, 4 bytes"});  // STATUS_BUFFER_OVERFLOW
  const Socket receiver = bound_datagram_socket();
  const Socket sender = bound_datagram_socket();
  Port port;
  port.associate(receiver);
  PendingReceive receive(4);
  ASSERT_EQ(describe(receive.post(receiver)), "WSA_IO_PENDING");
  send_datagram(sender, local_address(receiver), "hello world");
  const Batch batch = take_batch(port, 1);
  ASSERT_EQ(batch.entries.size(), 1u);
  EXPECT_TRUE(sentence.matches(status_of(batch.entries[0].lpOverlapped) + ", " +
                               std::to_string(batch.entries[0].dwNumberOfBytesTransferred) + " bytes"));
}

}  // namespace
}  // namespace recvbench
