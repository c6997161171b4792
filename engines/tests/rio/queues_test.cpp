// Sizes of completion and request queues, and who is charged for what (RIOCreateCompletionQueue,
// RIOCreateRequestQueue, RIOResizeCompletionQueue, RIOResizeRequestQueue).
#include "engines/tests/rio/provider_fixture.h"

namespace recvbench {
namespace {

class RioQueues : public RioProviderTest {};
RECVBENCH_RIO_PROVIDERS(RioQueues);

// RIOCreateCompletionQueue, WSAEINVAL: "if the QueueSize parameter is less than 1 or greater than
// RIO_MAX_CQ_SIZE".
TEST_P(RioQueues, CompletionQueueSizeIsOneToTheMaximum) {
  EXPECT_EQ(rio().create_completion_queue(0, nullptr), rio::invalid_completion_queue);
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  EXPECT_EQ(rio().create_completion_queue(rio::max_completion_queue_size + 1, nullptr),
            rio::invalid_completion_queue);
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  new_completion_queue(1);
}

// RIOCreateCompletionQueue: "the Iocp.Overlapped member [...] must not be NULL".
TEST_P(RioQueues, NotificationNeedsItsHandle) {
  rio::Notification notification{};
  notification.type = rio::NotificationType::iocp;
  notification.iocp = {};
  EXPECT_EQ(rio().create_completion_queue(8, &notification), rio::invalid_completion_queue);
  const HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1);
  ASSERT_NE(port, nullptr);
  notification.iocp.handle = port;
  EXPECT_EQ(rio().create_completion_queue(8, &notification), rio::invalid_completion_queue);
  CloseHandle(port);
}

// RIOCreateRequestQueue, WSAEINVAL: "if the ReceiveCQ or SendCQ parameters contained RIO_INVALID_CQ".
TEST_P(RioQueues, RequestQueueNeedsBothCompletionQueues) {
  SocketPair& pair = new_pair();
  const auto cq = new_completion_queue(8);
  const SOCKET socket = pair.accepted.native();
  EXPECT_EQ(rio().create_request_queue(socket, 1, 1, 1, 1, rio::invalid_completion_queue, cq, nullptr),
            rio::invalid_request_queue);
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  EXPECT_EQ(rio().create_request_queue(socket, 1, 1, 1, 1, cq, rio::invalid_completion_queue, nullptr),
            rio::invalid_request_queue);
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
}

// RIOCreateRequestQueue, WSAEINVAL: "if both the MaxOutstandingReceive and MaxOutstandingSend parameters are
// zero".
TEST_P(RioQueues, RequestQueueOfNothingIsInvalid) {
  SocketPair& pair = new_pair();
  EXPECT_EQ(new_request_queue(pair.accepted, 0, new_completion_queue(8)), rio::invalid_request_queue);
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
}

// RIOCreateRequestQueue, WSAENOTSOCK: "if the Socket parameter is not a valid socket".
TEST_P(RioQueues, RequestQueueNeedsASocket) {
  const auto cq = new_completion_queue(8);
  Socket& socket = new_pair().accepted;
  const SOCKET handle = socket.native();
  socket.close();
  EXPECT_EQ(rio().create_request_queue(handle, 1, 1, 0, 1, cq, cq, nullptr), rio::invalid_request_queue);
  EXPECT_EQ(WSAGetLastError(), WSAENOTSOCK);
}

// RIOCreateRequestQueue: "The sizes of the send and receive queues must be greater than or equal to the send
// and receive sizes of all attached sockets."
TEST_P(RioQueues, LimitsAreChargedToTheCompletionQueue) {
  const auto cq = new_completion_queue(4);
  SocketPair& first = new_pair();
  EXPECT_NE(new_request_queue(first.accepted, 2, cq, nullptr, 1), rio::invalid_request_queue);
  SocketPair& second = new_pair();
  EXPECT_EQ(new_request_queue(second.accepted, 2, cq), rio::invalid_request_queue);
  EXPECT_EQ(WSAGetLastError(), WSAENOBUFS);
  EXPECT_NE(new_request_queue(second.accepted, 1, cq), rio::invalid_request_queue);
}

// RIOCreateRequestQueue: "As request queues are closed by closing the sockets using the the closesocket
// function, those slots will be freed up for use by other sockets."
TEST_P(RioQueues, ClosesocketReturnsTheCharge) {
  const auto cq = new_completion_queue(2);
  {
    SocketPair& pair = new_pair();
    ASSERT_NE(new_request_queue(pair.accepted, 2, cq), rio::invalid_request_queue);
    pair.accepted.close();
  }
  EXPECT_NE(new_request_queue(new_pair().accepted, 2, cq), rio::invalid_request_queue) << WSAGetLastError();
}

// The same; and RIODequeueCompletion: "Only after a request's completion has been dequeued does the system
// release the association to its buffer and buffer registration, along with its quota charge."
TEST_P(RioQueues, ClosesocketReturnsTheChargeOfPendingReceives) {
  const auto cq = new_completion_queue(2);
  {
    SocketPair& pair = new_pair();
    const auto rq = new_request_queue(pair.accepted, 2, cq);
    ASSERT_TRUE(receive(rq, slice(0, 16)));
    ASSERT_TRUE(receive(rq, slice(16, 16)));
    pair.accepted.close();
  }
  dequeue(cq, 2);
  // The system ends pending receives in its own time.
  SocketPair& next = new_pair();
  const auto end = std::chrono::steady_clock::now() + limit;
  rio::RequestQueue queue = rio::invalid_request_queue;
  while (queue == rio::invalid_request_queue && std::chrono::steady_clock::now() < end) {
    queue = new_request_queue(next.accepted, 2, cq);
    if (queue == rio::invalid_request_queue) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_NE(queue, rio::invalid_request_queue) << WSAGetLastError();
}

// RIOResizeCompletionQueue: "resizes an I/O completion queue to be either larger or smaller".
TEST_P(RioQueues, ResizedCompletionQueueTakesMore) {
  const auto cq = new_completion_queue(1);
  ASSERT_NE(new_request_queue(new_pair().accepted, 1, cq), rio::invalid_request_queue);
  EXPECT_EQ(new_request_queue(new_pair().accepted, 3, cq), rio::invalid_request_queue);
  ASSERT_TRUE(rio().resize_completion_queue(cq, 4));
  EXPECT_NE(new_request_queue(new_pair().accepted, 3, cq), rio::invalid_request_queue) << WSAGetLastError();
}

// RIOResizeCompletionQueue: "If the I/O completion queue already contains completions, those completions will
// be copied over to the new completion queue."
TEST_P(RioQueues, ResizeKeepsWhatIsQueued) {
  const auto cq = new_completion_queue(2);
  SocketPair& pair = new_pair();
  const auto rq = new_request_queue(pair.accepted, 2, cq);
  send(pair.connected, "abcd");
  ASSERT_TRUE(receive(rq, slice(0, 2), 1));
  ASSERT_TRUE(receive(rq, slice(2, 2), 2));
  ASSERT_TRUE(rio().resize_completion_queue(cq, 64)) << WSAGetLastError();
  const auto results = dequeue(cq, 2);
  EXPECT_EQ(results[0].request_context, 1u);
  EXPECT_EQ(results[1].request_context, 2u);
  EXPECT_EQ(memory(0, 4), "abcd");
}

// RIOResizeCompletionQueue, WSAETOOMANYREFS: "There are too many operations that still reference the I/O
// completion queue"; WSAEINVAL: "greater than RIO_CQ_MAX_SIZE".
TEST_P(RioQueues, CompletionQueueIsNotResizedPastItsChargeOrItsBounds) {
  const auto cq = new_completion_queue(4);
  ASSERT_NE(new_request_queue(new_pair().accepted, 3, cq), rio::invalid_request_queue);
  EXPECT_FALSE(rio().resize_completion_queue(cq, 2));
  EXPECT_EQ(WSAGetLastError(), WSAETOOMANYREFS);
  EXPECT_TRUE(rio().resize_completion_queue(cq, 3));
  EXPECT_FALSE(rio().resize_completion_queue(cq, rio::max_completion_queue_size + 1));
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
}

// RIOReceive, WSAENOBUFS: "if the I/O completion queue associated with the SocketQueue parameter is full";
// RIOResizeRequestQueue, WSAETOOMANYREFS: "There are too many operations that still reference the request
// queue", WSAEINVAL: "if both [...] are zero".
TEST_P(RioQueues, RequestQueueIsBoundedAndCanBeResized) {
  const auto cq = new_completion_queue(8);
  SocketPair& pair = new_pair();
  const auto rq = new_request_queue(pair.accepted, 1, cq);
  ASSERT_TRUE(receive(rq, slice(0, 1), 1));
  EXPECT_FALSE(receive(rq, slice(1, 1), 2));
  EXPECT_EQ(WSAGetLastError(), WSAENOBUFS);
  ASSERT_TRUE(rio().resize_request_queue(rq, 2, 0)) << WSAGetLastError();
  EXPECT_TRUE(receive(rq, slice(1, 1), 2));
  EXPECT_FALSE(rio().resize_request_queue(rq, 1, 0));
  EXPECT_EQ(WSAGetLastError(), WSAETOOMANYREFS);
  EXPECT_FALSE(rio().resize_request_queue(rq, 0, 0));
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  send(pair.connected, "xy");
  const auto results = dequeue(cq, 2);
  EXPECT_EQ(results[0].request_context, 1u);
  EXPECT_EQ(results[1].request_context, 2u);
}

// RIODequeueCompletion: "Only after a request's completion has been dequeued does the system release [...]
// its quota charge."
TEST_P(RioQueues, ARequestIsChargedUntilItsCompletionIsDequeued) {
  const auto cq = new_completion_queue(1);
  SocketPair& pair = new_pair();
  const auto rq = new_request_queue(pair.accepted, 1, cq);
  send(pair.connected, "ab");
  ASSERT_TRUE(receive(rq, slice(0, 1)));
  EXPECT_FALSE(receive(rq, slice(1, 1)));  // completed perhaps, dequeued not
  EXPECT_EQ(WSAGetLastError(), WSAENOBUFS);
  dequeue(cq, 1);
  EXPECT_TRUE(receive(rq, slice(1, 1)));
  dequeue(cq, 1);
  EXPECT_EQ(memory(0, 2), "ab");
}

// RIOReceive, WSAENOBUFS: "the I/O completion queue was created with zero receive entries"; RIOSend says the
// same of send entries.
TEST_P(RioQueues, ADirectionWithoutEntriesTakesNoRequest) {
  const auto cq = new_completion_queue(8);
  const auto sends = rio().create_request_queue(new_pair().accepted.native(), 0, 1, 1, 1, cq, cq, nullptr);
  ASSERT_NE(sends, rio::invalid_request_queue) << WSAGetLastError();
  EXPECT_FALSE(receive(sends, slice(0, 1)));
  EXPECT_EQ(WSAGetLastError(), WSAENOBUFS);
  const auto receives = new_request_queue(new_pair().accepted, 1, cq);
  rio::Buffer where = slice(0, 1);
  EXPECT_FALSE(rio().send(receives, &where, 1, 0, nullptr));
  EXPECT_EQ(WSAGetLastError(), WSAENOBUFS);
}

// RIOCreateRequestQueue, MaxReceiveDataBuffers and MaxSendDataBuffers: "this parameter must be 1".
TEST_P(RioQueues, ARequestHasOneBuffer) {
  const auto cq = new_completion_queue(8);
  const SOCKET socket = new_pair().accepted.native();
  EXPECT_EQ(rio().create_request_queue(socket, 1, 2, 1, 1, cq, cq, nullptr), rio::invalid_request_queue);
  EXPECT_EQ(rio().create_request_queue(socket, 1, 1, 1, 2, cq, cq, nullptr), rio::invalid_request_queue);
}

// RIOCreateRequestQueue, WSAEOPNOTSUPP: "an unsupported socket type (SOCK_RAW, for example)".
TEST_P(RioQueues, ARawSocketHasNoRequestQueue) {
  const Socket raw(WSASocketW(AF_INET, SOCK_RAW, IPPROTO_ICMP, nullptr, 0, WSA_FLAG_OVERLAPPED | 0x100));
  if (!raw) GTEST_SKIP() << "no raw socket to be had: error " << WSAGetLastError();
  EXPECT_EQ(new_request_queue(raw, 1, new_completion_queue(8)), rio::invalid_request_queue);
  EXPECT_EQ(WSAGetLastError(), WSAEOPNOTSUPP);
}

// RIOCreateRequestQueue: "These limits are used [...] to verify sufficient space in the completion queues",
// which a larger request queue needs as well.
TEST_P(RioQueues, AResizedRequestQueueNeedsItsRoom) {
  const auto cq = new_completion_queue(3);
  SocketPair& pair = new_pair();
  const auto rq = new_request_queue(pair.accepted, 2, cq);
  EXPECT_FALSE(rio().resize_request_queue(rq, 4, 0));
  ASSERT_TRUE(rio().resize_completion_queue(cq, 4));
  EXPECT_TRUE(rio().resize_request_queue(rq, 4, 0)) << WSAGetLastError();
  ASSERT_TRUE(rio().resize_request_queue(rq, 1, 0)) << WSAGetLastError();
  EXPECT_NE(new_request_queue(new_pair().accepted, 3, cq), rio::invalid_request_queue) << WSAGetLastError();
}

// RIOResizeRequestQueue: "If the request queue already contains entries, those entries will be copied over to
// the new request queue."
TEST_P(RioQueues, AResizedRequestQueueKeepsItsEntries) {
  const auto cq = new_completion_queue(8);
  SocketPair& pair = new_pair();
  const auto rq = new_request_queue(pair.accepted, 2, cq);
  ASSERT_TRUE(receive(rq, slice(0, 2), 1));
  ASSERT_TRUE(receive(rq, slice(2, 2), 2, rio::defer));
  ASSERT_TRUE(rio().resize_request_queue(rq, 8, 0)) << WSAGetLastError();
  ASSERT_TRUE(receive(rq, slice(4, 2), 3));
  send(pair.connected, "aabbcc");
  const auto results = dequeue(cq, 3);
  for (ULONG i = 0; i < 3; ++i) EXPECT_EQ(results[i].request_context, i + 1);
  EXPECT_EQ(memory(0, 6), "aabbcc");
}

}  // namespace
}  // namespace recvbench
