// RIONotify: one notification for one call, by an event or a completion port.
#include "engines/tests/rio/provider_fixture.h"

namespace recvbench {
namespace {

constexpr DWORD limit_ms = 10'000;
// Long enough for a completion that is on its way to arrive; what must not happen is given this long to
// happen.
constexpr DWORD quiet_ms = 50;

class RioNotify : public RioProviderTest {
 protected:
  void SetUp() override {
    RioProviderTest::SetUp();
    event_ = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    ASSERT_NE(event_, nullptr);
    rio::Notification notification{};
    notification.type = rio::NotificationType::event;
    notification.event = {event_, TRUE};
    cq_ = new_completion_queue(16, &notification);
    pair_ = &new_pair();
    rq_ = new_request_queue(pair_->accepted, 8, cq_);
    ASSERT_NE(rq_, rio::invalid_request_queue) << WSAGetLastError();
  }

  void TearDown() override {
    RioProviderTest::TearDown();
    CloseHandle(event_);
  }

  bool signalled(DWORD within_ms) const { return WaitForSingleObject(event_, within_ms) == WAIT_OBJECT_0; }

  HANDLE event_ = nullptr;
  rio::CompletionQueue cq_ = rio::invalid_completion_queue;
  rio::RequestQueue rq_ = rio::invalid_request_queue;
  SocketPair* pair_ = nullptr;
};
RECVBENCH_RIO_PROVIDERS(RioNotify);

TEST_P(RioNotify, SignalsTheEventWhenACompletionComes) {
  ASSERT_TRUE(receive(rq_, slice(0, 16)));
  ASSERT_EQ(rio().notify(cq_), 0);
  EXPECT_FALSE(signalled(0));
  send(pair_->connected, "x");
  EXPECT_TRUE(signalled(limit_ms));
  dequeue(cq_, 1);
}

TEST_P(RioNotify, FiresAtOnceWhereTheQueueIsNotEmpty) {
  send(pair_->connected, "x");
  ASSERT_TRUE(wait_readable(pair_->accepted.native(), limit));
  ASSERT_TRUE(receive(rq_, slice(0, 16)));
  ASSERT_EQ(rio().notify(cq_), 0);
  EXPECT_TRUE(signalled(limit_ms));
  dequeue(cq_, 1);
}

TEST_P(RioNotify, ASecondCallBeforeTheFirstHasFiredIsAlready) {
  ASSERT_EQ(rio().notify(cq_), 0);
  EXPECT_EQ(rio().notify(cq_), WSAEALREADY);
}

TEST_P(RioNotify, IsForOneNotificationAndResetsTheEventItself) {
  ASSERT_TRUE(receive(rq_, slice(0, 16)));
  ASSERT_TRUE(receive(rq_, slice(16, 16)));
  ASSERT_EQ(rio().notify(cq_), 0);
  send(pair_->connected, "x");
  ASSERT_TRUE(signalled(limit_ms));
  dequeue(cq_, 1);
  EXPECT_TRUE(signalled(0));  // manual reset, and nobody has reset it

  ASSERT_EQ(rio().notify(cq_), 0);  // resets it
  EXPECT_FALSE(signalled(0));
  send(pair_->connected, "y");
  EXPECT_TRUE(signalled(limit_ms));
  dequeue(cq_, 1);
}

TEST_P(RioNotify, NobodyAskedNobodyIsTold) {
  ASSERT_TRUE(receive(rq_, slice(0, 16)));
  send(pair_->connected, "x");
  dequeue(cq_, 1);
  EXPECT_FALSE(signalled(quiet_ms));
}

TEST_P(RioNotify, DontNotifyCompletesInSilence) {
  ASSERT_TRUE(receive(rq_, slice(0, 16), 1, rio::dont_notify));
  ASSERT_TRUE(receive(rq_, slice(16, 16), 2));
  ASSERT_EQ(rio().notify(cq_), 0);
  send(pair_->connected, "x");
  EXPECT_EQ(dequeue(cq_, 1)[0].request_context, 1u);
  EXPECT_FALSE(signalled(quiet_ms));
  send(pair_->connected, "y");
  EXPECT_TRUE(signalled(limit_ms));
  EXPECT_EQ(dequeue(cq_, 1)[0].request_context, 2u);
}

TEST_P(RioNotify, AQueueOfSilentCompletionsCountsAsEmpty) {
  ASSERT_TRUE(receive(rq_, slice(0, 16), 1, rio::dont_notify));
  send(pair_->connected, "x");
  ASSERT_EQ(rio().notify(cq_), 0);
  EXPECT_FALSE(signalled(quiet_ms));
  EXPECT_EQ(dequeue(cq_, 1)[0].request_context, 1u);
}

TEST_P(RioNotify, APolledQueueCannotNotify) {
  EXPECT_NE(rio().notify(new_completion_queue(4)), 0);
}

TEST_P(RioNotify, OrderHoldsWhileTheQueueIsPolledAndArmed) {
  // Two sides take completions at once where the queue is polled while a notification is pending.
  constexpr int rounds = 200;
  for (ULONG i = 0; i < 8; ++i) ASSERT_TRUE(receive(rq_, slice(i, 1), i));
  ASSERT_EQ(rio().notify(cq_), 0);
  for (int round = 0; round < rounds; ++round) {
    send(pair_->connected, "12345678");
    const auto results = dequeue(cq_, 8);
    for (ULONG i = 0; i < 8; ++i) {
      ASSERT_EQ(results[i].request_context, i) << "round " << round;
      ASSERT_EQ(results[i].bytes_transferred, 1u);
    }
    ASSERT_EQ(memory(0, 8), "12345678");
    for (ULONG i = 0; i < 8; ++i) ASSERT_TRUE(receive(rq_, slice(i, 1), i));
    const INT armed = rio().notify(cq_);
    ASSERT_TRUE(armed == 0 || armed == WSAEALREADY) << armed;
  }
}

TEST_P(RioNotify, CompletionPortGetsTheKeyAndTheOverlapped) {
  const HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1);
  ASSERT_NE(port, nullptr);
  OVERLAPPED dedicated{};
  rio::Notification notification{};
  notification.type = rio::NotificationType::iocp;
  notification.iocp = {port, this, &dedicated};
  const auto cq = rio().create_completion_queue(4, &notification);
  SocketPair& pair = new_pair();
  const auto rq = new_request_queue(pair.accepted, 1, cq);
  ASSERT_TRUE(receive(rq, slice(0, 16)));
  ASSERT_EQ(rio().notify(cq), 0);
  EXPECT_EQ(rio().notify(cq), WSAEALREADY);
  send(pair.connected, "x");
  DWORD bytes = 0;
  ULONG_PTR key = 0;
  OVERLAPPED* overlapped = nullptr;
  EXPECT_TRUE(GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, limit_ms));
  EXPECT_EQ(key, reinterpret_cast<ULONG_PTR>(this));
  EXPECT_EQ(overlapped, &dedicated);
  dequeue(cq, 1);
  pair.accepted.close();
  rio().close_completion_queue(cq);
  CloseHandle(port);
}

}  // namespace
}  // namespace recvbench
