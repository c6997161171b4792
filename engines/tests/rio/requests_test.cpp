// What becomes of a request: its completion, its bytes, its buffer (RIOReceive, RIOSend,
// RIODequeueCompletion, RIORegisterBuffer).
#include <atomic>
#include <mutex>
#include <thread>

#include "engines/tests/rio/provider_fixture.h"

namespace recvbench {
namespace {

class RioRequests : public RioProviderTest {
 protected:
  void SetUp() override {
    RioProviderTest::SetUp();
    cq_ = new_completion_queue(64);
    pair_ = &new_pair();
    rq_ = new_request_queue(pair_->accepted, 16, cq_, this, 16);
    ASSERT_NE(rq_, rio::invalid_request_queue) << WSAGetLastError();
  }

  rio::CompletionQueue cq_ = rio::invalid_completion_queue;
  rio::RequestQueue rq_ = rio::invalid_request_queue;
  SocketPair* pair_ = nullptr;
};
RECVBENCH_RIO_PROVIDERS(RioRequests);

// RIORESULT: "The number of bytes sent or received in the I/O request." "An application-provided context
// specified in call to the RIOCreateRequestQueue function."
TEST_P(RioRequests, CompletionCarriesBytesAndContexts) {
  ASSERT_TRUE(receive(rq_, slice(0, 64), 77));
  send(pair_->connected, "hello");
  const rio::Result result = dequeue(cq_, 1)[0];
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.bytes_transferred, 5u);
  EXPECT_EQ(result.socket_context, reinterpret_cast<ULONGLONG>(this));
  EXPECT_EQ(result.request_context, 77u);
  EXPECT_EQ(memory(0, 5), "hello");
}

// RIOReceive, TRUE: "the completion will have already been queued or [...] will be queued at a later time".
TEST_P(RioRequests, AReceiveThatFindsItsBytesThereStillCompletes) {
  send(pair_->connected, "there");
  ASSERT_TRUE(wait_readable(pair_->accepted.native(), limit));
  ASSERT_TRUE(receive(rq_, slice(0, 64), 1));
  EXPECT_EQ(dequeue(cq_, 1)[0].bytes_transferred, 5u);
}

// RIODequeueCompletion: "a value of zero is returned if there are no completed send or receive requests to be
// dequeued".
TEST_P(RioRequests, EmptyQueueDequeuesNothing) {
  rio::Result result;
  EXPECT_EQ(rio().dequeue_completion(cq_, &result, 1), 0u);
  ASSERT_TRUE(receive(rq_, slice(0, 64)));
  EXPECT_EQ(rio().dequeue_completion(cq_, &result, 1), 0u);
}

TEST_P(RioRequests, ReceivesFillTheirSlicesInTheOrderOfTheCalls) {
  // Posted against their order in memory, so that the stream shows the order of the calls.
  for (ULONG i = 0; i < 16; ++i) ASSERT_TRUE(receive(rq_, slice((15 - i) * 4, 4), i));
  for (int i = 0; i < 16; ++i) send(pair_->connected, std::string(4, static_cast<char>('a' + i)));
  const auto results = dequeue(cq_, 16);
  for (ULONG i = 0; i < 16; ++i) {
    EXPECT_EQ(results[i].request_context, i);
    EXPECT_EQ(results[i].bytes_transferred, 4u);
    EXPECT_EQ(memory((15 - i) * 4, 4), std::string(4, static_cast<char>('a' + i)));
  }
}

// RIODequeueCompletion, ArraySize: "The maximum number of entries in the Array to write."
TEST_P(RioRequests, DequeueTakesAtMostWhatIsAskedFor) {
  send(pair_->connected, "abc");
  for (ULONG i = 0; i < 3; ++i) ASSERT_TRUE(receive(rq_, slice(i, 1), i));
  EXPECT_EQ(dequeue(cq_, 1)[0].request_context, 0u);
  const auto rest = dequeue(cq_, 2);
  EXPECT_EQ(rest[0].request_context, 1u);
  EXPECT_EQ(rest[1].request_context, 2u);
  rio::Result none;
  EXPECT_EQ(rio().dequeue_completion(cq_, &none, 1), 0u);
}

// RIOReceive: "The Offset and Length members of the RIO_BUF structure [...] determine where the network data
// is received in the buffer."
TEST_P(RioRequests, ASliceBoundsItsReceive) {
  ASSERT_TRUE(receive(rq_, slice(100, 3), 1));
  ASSERT_TRUE(receive(rq_, slice(200, 64), 2));
  send(pair_->connected, "abcdef");
  const auto results = dequeue(cq_, 2);
  EXPECT_EQ(results[0].bytes_transferred, 3u);
  EXPECT_EQ(memory(99, 5), std::string_view("\0abc\0", 5));
  EXPECT_EQ(memory(200, results[1].bytes_transferred),
            std::string_view("def").substr(0, results[1].bytes_transferred));
}

// RIO_BUF: "An application cannot resize a registered buffer simply by using a buffer slice with values
// larger than the original buffer".
TEST_P(RioRequests, ASliceOutsideItsBufferIsRefused) {
  const auto refused = [this](rio::Buffer where) {
    return !receive(rq_, where) && (WSAGetLastError() == WSAEINVAL || WSAGetLastError() == WSAEFAULT);
  };
  EXPECT_TRUE(refused(slice(4096, 1)));
  EXPECT_TRUE(refused(slice(4000, 97)));
  EXPECT_TRUE(refused(slice(0xFFFFFFFF, 2)));  // offset + length wraps at 32 bits
  EXPECT_TRUE(receive(rq_, slice(4000, 96)));  // just fits
}

// RIODeregisterBuffer: "Any subsequent calls to other functions that try to use this buffer identifier will
// fail."
TEST_P(RioRequests, ADeregisteredBufferIsRefused) {
  std::array<char, 64> memory{};
  const rio::BufferId id = rio().register_buffer(memory.data(), static_cast<DWORD>(memory.size()));
  ASSERT_NE(id, rio::invalid_buffer_id);
  rio().deregister_buffer(id);
  EXPECT_FALSE(receive(rq_, {id, 0, 64}));
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
  rio().deregister_buffer(id);  // "if an invalid buffer identifier is passed [...] this is ignored"
  EXPECT_FALSE(receive(rq_, {rio::invalid_buffer_id, 0, 64}));
}

// RIORegisterBuffer, WSAEINVAL: "if the DataLength parameter is zero"; WSAEFAULT: "if an invalid buffer
// pointer is passed".
TEST_P(RioRequests, NothingIsNotABuffer) {
  std::array<char, 64> memory{};
  EXPECT_EQ(rio().register_buffer(memory.data(), 0), rio::invalid_buffer_id);
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  EXPECT_EQ(rio().register_buffer(nullptr, 64), rio::invalid_buffer_id);
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
}

// RIOReceive, WSAEINVAL: "if the SocketQueue parameter is not valid, the Flags parameter contains an value
// not valid for a receive operation".
TEST_P(RioRequests, UnknownFlagsAndManyBuffersAreInvalid) {
  rio::Buffer where = slice(0, 16);
  EXPECT_FALSE(rio().receive(rq_, &where, 1, 0x100, nullptr));
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  EXPECT_FALSE(rio().receive(rq_, &where, 2, 0, nullptr));
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  EXPECT_FALSE(rio().receive(rio::invalid_request_queue, &where, 1, 0, nullptr));
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
}

// RIO_MSG_COMMIT_ONLY: "Previous requests added with RIO_MSG_DEFER flag will be committed."
TEST_P(RioRequests, CommitStartsWhatWasDeferred) {
  for (ULONG i = 0; i < 4; ++i) ASSERT_TRUE(receive(rq_, slice(i * 2, 2), i, rio::defer));
  send(pair_->connected, "aabbccdd");
  ASSERT_TRUE(rio().receive(rq_, nullptr, 0, rio::commit_only, nullptr)) << WSAGetLastError();
  const auto results = dequeue(cq_, 4);
  for (ULONG i = 0; i < 4; ++i) EXPECT_EQ(results[i].request_context, i);
  EXPECT_EQ(memory(0, 8), "aabbccdd");
}

// RIO_MSG_DEFER: "To trigger execution for all receives in a request queue, call the RIOReceive or
// RIOReceiveEx function without the RIO_MSG_DEFER flag set."
TEST_P(RioRequests, ARequestWithoutDeferStartsTheDeferredBeforeIt) {
  ASSERT_TRUE(receive(rq_, slice(0, 2), 0, rio::defer));
  ASSERT_TRUE(receive(rq_, slice(2, 2), 1));
  send(pair_->connected, "aabb");
  const auto results = dequeue(cq_, 2);
  EXPECT_EQ(results[0].request_context, 0u);
  EXPECT_EQ(results[1].request_context, 1u);
  EXPECT_EQ(memory(0, 4), "aabb");
}

// RIO_MSG_DEFER: "The receive request is charged against the outstanding I/O capacity on the RIO_RQ [...]
// regardless of whether RIO_MSG_DEFER is set."
TEST_P(RioRequests, ADeferredRequestCountsAgainstTheQueue) {
  for (ULONG i = 0; i < 16; ++i) ASSERT_TRUE(receive(rq_, slice(i, 1), i, rio::defer));
  EXPECT_FALSE(receive(rq_, slice(16, 1), 16, rio::defer));
  EXPECT_EQ(WSAGetLastError(), WSAENOBUFS);
  ASSERT_TRUE(rio().receive(rq_, nullptr, 0, rio::commit_only, nullptr));
}

// RIO_MSG_COMMIT_ONLY: "the RIOReceive function can be called with RIO_MSG_COMMIT_ONLY on one thread while
// calling the RIOReceive function on another thread".
TEST_P(RioRequests, CommitNeedsNoSerialisation) {
  std::atomic<bool> posted{false};
  std::thread other([&] {
    while (!posted) EXPECT_TRUE(rio().receive(rq_, nullptr, 0, rio::commit_only, nullptr));
  });
  for (int round = 0; round < 50; ++round) {
    for (ULONG i = 0; i < 8; ++i) EXPECT_TRUE(receive(rq_, slice(i, 1), i, rio::defer));
    EXPECT_TRUE(rio().receive(rq_, nullptr, 0, rio::commit_only, nullptr));
    send(pair_->connected, "12345678");
    const auto results = dequeue(cq_, 8);
    for (ULONG i = 0; i < 8; ++i) EXPECT_EQ(results[i].request_context, i) << "round " << round;
    EXPECT_EQ(memory(0, 8), "12345678");
  }
  posted = true;
  other.join();
}

// RIO_MSG_COMMIT_ONLY: "no other flags may be specified [...] the pData and RequestContext parameters must be
// NULL and the DataBufferCount parameter must be zero".
TEST_P(RioRequests, CommitStandsAlone) {
  rio::Buffer where = slice(0, 16);
  EXPECT_FALSE(rio().receive(rq_, &where, 1, rio::commit_only, nullptr));
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  EXPECT_FALSE(rio().receive(rq_, nullptr, 0, rio::commit_only | rio::dont_notify, nullptr));
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
}

// RIO_MSG_WAITALL: "will not complete until one of the following events occurs: The buffer segment supplied
// by the caller in the pData parameter is completely full."
TEST_P(RioRequests, WaitAllCompletesWithAFullSlice) {
  ASSERT_TRUE(receive(rq_, slice(0, 10), 1, rio::wait_all));
  send(pair_->connected, "0123");
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  rio::Result none;
  EXPECT_EQ(rio().dequeue_completion(cq_, &none, 1), 0u);
  send(pair_->connected, "45678");
  send(pair_->connected, "9ab");
  const rio::Result result = dequeue(cq_, 1)[0];
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.bytes_transferred, 10u);
  EXPECT_EQ(memory(0, 11), std::string_view("0123456789\0", 11));
  ASSERT_TRUE(receive(rq_, slice(16, 2)));
  EXPECT_EQ(dequeue(cq_, 1)[0].bytes_transferred, 2u);
  EXPECT_EQ(memory(16, 2), "ab");
}

TEST_P(RioRequests, WaitAllKeepsItsPlaceInTheStream) {
  ASSERT_TRUE(receive(rq_, slice(0, 2), 0));
  ASSERT_TRUE(receive(rq_, slice(2, 6), 1, rio::wait_all));
  ASSERT_TRUE(receive(rq_, slice(8, 4), 2, rio::wait_all));
  ASSERT_TRUE(receive(rq_, slice(12, 2), 3));
  for (const char letter : std::string_view("abcdefghijklmn")) {
    send(pair_->connected, std::string(1, letter));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  const auto results = dequeue(cq_, 4);
  for (ULONG i = 0; i < 4; ++i) EXPECT_EQ(results[i].request_context, i);
  // The first takes what is there, one byte or two.
  const ULONG first = results[0].bytes_transferred;
  EXPECT_EQ(results[1].bytes_transferred, 6u);
  EXPECT_EQ(results[2].bytes_transferred, 4u);
  EXPECT_EQ(memory(2, 6), std::string_view("abcdefghijklmn").substr(first, 6));
  EXPECT_EQ(memory(8, 4), std::string_view("abcdefghijklmn").substr(first + 6, 4));
}

// RIO_MSG_WAITALL: "The connection has been closed."
TEST_P(RioRequests, WaitAllEndsWithTheConnection) {
  ASSERT_TRUE(receive(rq_, slice(0, 10), 0, rio::wait_all));
  send(pair_->connected, "0123");
  pair_->connected.close();
  const rio::Result result = dequeue(cq_, 1)[0];
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.bytes_transferred, 4u);
  EXPECT_EQ(memory(0, 4), "0123");
}

// RIO_MSG_WAITALL: "The request has been canceled or an error occurred."
TEST_P(RioRequests, WaitAllEndsWithTheSocket) {
  ASSERT_TRUE(receive(rq_, slice(0, 10), 0, rio::wait_all));
  ASSERT_TRUE(receive(rq_, slice(10, 10), 1));
  send(pair_->connected, "0123");
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  pair_->accepted.close();
  const auto results = dequeue(cq_, 2);
  for (ULONG i = 0; i < 2; ++i) {
    EXPECT_NE(results[i].status, 0);
    EXPECT_EQ(results[i].request_context, i);
  }
}

TEST_P(RioRequests, GracefulCloseIsZeroBytesForEveryReceive) {
  ASSERT_TRUE(receive(rq_, slice(0, 16), 0));
  ASSERT_TRUE(receive(rq_, slice(16, 16), 1));
  pair_->connected.close();
  for (const rio::Result& result : dequeue(cq_, 2)) {
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.bytes_transferred, 0u);
  }
}

TEST_P(RioRequests, AbortiveCloseIsAnErrorInTheCompletion) {
  ASSERT_TRUE(receive(rq_, slice(0, 16), 3));
  set_abortive_close(pair_->connected);
  pair_->connected.close();
  const rio::Result result = dequeue(cq_, 1)[0];
  EXPECT_EQ(result.status, WSAECONNRESET);
  EXPECT_EQ(result.request_context, 3u);
}

// RIOReceive, FALSE: "the operation was not successfully initiated and no completion indication will be
// queued".
TEST_P(RioRequests, AReceiveAfterTheResetIsToldByItsCompletion) {
  ASSERT_TRUE(receive(rq_, slice(0, 16)));
  set_abortive_close(pair_->connected);
  pair_->connected.close();
  dequeue(cq_, 1);
  // Either the call fails and no completion comes, or it succeeds and one does: never neither.
  if (receive(rq_, slice(0, 16), 5)) {
    const rio::Result result = dequeue(cq_, 1)[0];
    EXPECT_TRUE(result.status != 0 || result.bytes_transferred == 0);
    EXPECT_EQ(result.request_context, 5u);
  }
}

// WSA_OPERATION_ABORTED: "This error is returned if the socket is closed locally or remotely".
TEST_P(RioRequests, ClosesocketCompletesWhatIsPending) {
  for (ULONG i = 0; i < 4; ++i) ASSERT_TRUE(receive(rq_, slice(i * 16, 16), i));
  pair_->accepted.close();
  const auto results = dequeue(cq_, 4);
  for (ULONG i = 0; i < 4; ++i) {
    EXPECT_NE(results[i].status, 0);
    EXPECT_EQ(results[i].request_context, i);
  }
}

// RIOCloseCompletionQueue: "The completion queue is marked as invalid, so that new completions cannot be
// added. Any new completions to be added are silently dropped."
TEST_P(RioRequests, CompletionQueueClosesWithReceivesPending) {
  const auto cq = rio().create_completion_queue(4, nullptr);
  SocketPair& pair = new_pair();
  const auto rq = new_request_queue(pair.accepted, 4, cq);
  for (ULONG i = 0; i < 4; ++i) ASSERT_TRUE(receive(rq, slice(i * 16, 16), i));
  pair.accepted.close();
  rio().close_completion_queue(cq);  // returns: what is pending is dropped, not waited for without end
}

TEST_P(RioRequests, SendCompletesAndArrives) {
  rio::Buffer where = slice(0, 5);
  fill(0, "reply");
  ASSERT_TRUE(rio().send(rq_, &where, 1, 0, reinterpret_cast<void*>(std::size_t{9}))) << WSAGetLastError();
  const rio::Result result = dequeue(cq_, 1)[0];
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.bytes_transferred, 5u);
  EXPECT_EQ(result.request_context, 9u);
  ASSERT_TRUE(wait_readable(pair_->connected.native(), limit));
  std::array<std::byte, 16> got{};
  EXPECT_EQ(receive_some(pair_->connected.native(), got).bytes, 5u);
}

// RIODequeueCompletion: "a value of RIO_CORRUPT_CQ is returned to indicate that the state of the RIO_CQ [...]
// has become corrupt due to memory corruption or misuse of the RIO functions". What the system notices is its
// own affair; the emulation notices two threads on one queue, so that no engine gets away with it.
class RioEmulationMisuse : public testing::Test {
 protected:
  void SetUp() override {
    cq_ = functions_.create_completion_queue(64, nullptr);
    rq_ = functions_.create_request_queue(pair_.accepted.native(), 64, 1, 0, 1, cq_, cq_, nullptr);
    id_ = functions_.register_buffer(memory_.data(), static_cast<DWORD>(memory_.size()));
    ASSERT_NE(rq_, rio::invalid_request_queue);
  }
  void TearDown() override {
    pair_.accepted.close();
    functions_.close_completion_queue(cq_);
    functions_.deregister_buffer(id_);
  }

  // `call` on two threads until it answers true or 10 s have passed.
  template <class Call>
  static void on_two_threads(Call call) {
    std::atomic<bool> enough{false};
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    const auto body = [&] {
      while (!enough && std::chrono::steady_clock::now() < end) {
        if (call()) enough = true;
      }
    };
    std::thread other(body);
    body();
    other.join();
  }

  ULONG dequeue() {
    rio::Result result;
    return functions_.dequeue_completion(cq_, &result, 1);
  }
  BOOL receive() {
    rio::Buffer where{id_, 0, 1};
    return functions_.receive(rq_, &where, 1, 0, nullptr);
  }

  NetworkSession session_;
  const rio::FunctionTable functions_ = emulated_rio().functions;
  SocketPair pair_ = connected_pair();
  std::array<char, 64> memory_{};
  rio::CompletionQueue cq_ = rio::invalid_completion_queue;
  rio::RequestQueue rq_ = rio::invalid_request_queue;
  rio::BufferId id_ = rio::invalid_buffer_id;
};

TEST_F(RioEmulationMisuse, TwoThreadsInOneCompletionQueueCorruptIt) {
  on_two_threads([this] { return dequeue() == rio::corrupt_completion_queue; });
  EXPECT_EQ(dequeue(), rio::corrupt_completion_queue);
  EXPECT_FALSE(receive());
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);  // "or the integrity of the completion queue has been compromised"
}

TEST_F(RioEmulationMisuse, TwoThreadsInOneRequestQueueCorruptItsCompletionQueue) {
  on_two_threads([this] { return !receive() && WSAGetLastError() == WSAEINVAL; });
  EXPECT_EQ(dequeue(), rio::corrupt_completion_queue);
}

TEST_F(RioEmulationMisuse, UnderALockTheyMay) {
  std::mutex mutex;
  std::atomic<int> calls{0};
  on_two_threads([&] {
    const std::lock_guard lock(mutex);
    dequeue();
    receive();
    return ++calls >= 2000;
  });
  EXPECT_EQ(dequeue(), 0u);
}

// The emulation's stated gaps fail with the error that says so; the system is not asked.
TEST(RioEmulationGaps, AreRefusedAsNotSupported) {
  const NetworkSession session;
  const rio::FunctionTable functions = emulated_rio().functions;
  const SocketPair pair = connected_pair();
  const auto cq = functions.create_completion_queue(8, nullptr);
  const auto other = functions.create_completion_queue(8, nullptr);
  const auto rq = functions.create_request_queue(pair.accepted.native(), 1, 1, 1, 1, cq, cq, nullptr);
  ASSERT_NE(rq, rio::invalid_request_queue);
  std::array<char, 64> memory{};
  const auto id = functions.register_buffer(memory.data(), 64);
  rio::Buffer where{id, 0, 16};
  EXPECT_FALSE(functions.send_ex(rq, &where, 1, nullptr, &where, nullptr, nullptr, 0, nullptr));
  EXPECT_EQ(WSAGetLastError(), WSAEOPNOTSUPP);
  EXPECT_FALSE(functions.send(rq, nullptr, 0, 0, nullptr));
  EXPECT_EQ(WSAGetLastError(), WSAEOPNOTSUPP);
  EXPECT_EQ(functions.create_request_queue(pair.connected.native(), 1, 1, 1, 1, cq, other, nullptr),
            rio::invalid_request_queue);
  EXPECT_EQ(WSAGetLastError(), WSAEOPNOTSUPP);
  functions.deregister_buffer(id);
  functions.close_completion_queue(other);
  functions.close_completion_queue(cq);
}

}  // namespace
}  // namespace recvbench
