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

// "The completion of the RIONotify function for this RIO_CQ will signal the event."
TEST_P(RioNotify, SignalsTheEventWhenACompletionComes) {
  ASSERT_TRUE(receive(rq_, slice(0, 16)));
  ASSERT_EQ(rio().notify(cq_), 0);
  EXPECT_FALSE(signalled(0));
  send(pair_->connected, "x");
  EXPECT_TRUE(signalled(limit_ms));
  dequeue(cq_, 1);
}

// "When the RIONotify function is called [...] and the specified completion queue is already not empty, the
// event is set either synchronously or asynchronously."
TEST_P(RioNotify, FiresAtOnceWhereTheQueueIsNotEmpty) {
  send(pair_->connected, "x");
  ASSERT_TRUE(wait_readable(pair_->accepted.native(), limit));
  ASSERT_TRUE(receive(rq_, slice(0, 16)));
  ASSERT_EQ(rio().notify(cq_), 0);
  EXPECT_TRUE(signalled(limit_ms));
  dequeue(cq_, 1);
}

// WSAEALREADY: "if a previous RIONotify request has not yet completed".
TEST_P(RioNotify, ASecondCallBeforeTheFirstHasFiredIsAlready) {
  ASSERT_EQ(rio().notify(cq_), 0);
  EXPECT_EQ(rio().notify(cq_), WSAEALREADY);
}

// "Once a completion queue notification is issued, the application must call the RIONotify function in order
// to receive another"; Event.NotifyReset: "A non-zero value cause the associated event to be reset."
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

// "the application may call the RIONotify function to request a completion queue notification".
TEST_P(RioNotify, NobodyAskedNobodyIsTold) {
  ASSERT_TRUE(receive(rq_, slice(0, 16)));
  send(pair_->connected, "x");
  dequeue(cq_, 1);
  EXPECT_FALSE(signalled(quiet_ms));
}

// RIO_MSG_DONT_NOTIFY: "when a new entry enters the completion queue, the completion queue notification is
// only triggered if the RIO_MSG_DONT_NOTIFY flag was not set on the associated request".
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

// "Until the completion queue contains the completion of a request that did not have the RIO_MSG_DONT_NOTIFY
// flag set, the completion queue is considered empty for the purposes of the RIONotify function".
TEST_P(RioNotify, AQueueOfSilentCompletionsCountsAsEmpty) {
  ASSERT_TRUE(receive(rq_, slice(0, 16), 1, rio::dont_notify));
  send(pair_->connected, "x");
  ASSERT_EQ(rio().notify(cq_), 0);
  EXPECT_FALSE(signalled(quiet_ms));
  EXPECT_EQ(dequeue(cq_, 1)[0].request_context, 1u);
}

// "If the NotificationCompletion parameter is NULL, this specifies no notification completion is used and
// that polling must be used to determine completion."
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

// Event.NotifyReset: "The boolean value that causes the associated event to be reset when the RIONotify
// function is called."
TEST_P(RioNotify, WithoutNotifyResetTheEventIsTheCallersToReset) {
  rio::Notification notification{};
  notification.type = rio::NotificationType::event;
  notification.event = {event_, FALSE};
  const auto cq = new_completion_queue(4, &notification);
  SetEvent(event_);
  ASSERT_EQ(rio().notify(cq), 0);
  EXPECT_TRUE(signalled(0));
}

class RioPortNotify : public RioProviderTest {
 protected:
  void SetUp() override {
    RioProviderTest::SetUp();
    port_ = CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1);
    ASSERT_NE(port_, nullptr);
    rio::Notification notification{};
    notification.type = rio::NotificationType::iocp;
    notification.iocp = {port_, this, &dedicated_};
    cq_ = new_completion_queue(4, &notification);
    pair_ = &new_pair();
    rq_ = new_request_queue(pair_->accepted, 2, cq_);
    ASSERT_NE(rq_, rio::invalid_request_queue) << WSAGetLastError();
  }
  void TearDown() override {
    RioProviderTest::TearDown();
    CloseHandle(port_);
  }

  // A packet of this queue's comes within the time.
  bool told(DWORD within_ms) {
    DWORD bytes = 0;
    ULONG_PTR key = 0;
    OVERLAPPED* overlapped = nullptr;
    return GetQueuedCompletionStatus(port_, &bytes, &key, &overlapped, within_ms) &&
           key == reinterpret_cast<ULONG_PTR>(this) && overlapped == &dedicated_;
  }

  OVERLAPPED dedicated_{};
  HANDLE port_ = nullptr;
  rio::CompletionQueue cq_ = rio::invalid_completion_queue;
  rio::RequestQueue rq_ = rio::invalid_request_queue;
  SocketPair* pair_ = nullptr;
};
RECVBENCH_RIO_PROVIDERS(RioPortNotify);

// "A queued entry will have the returned lpCompletionKey parameter value set to the value specified in
// Iocp.CompletionKey", and the OVERLAPPED is the "dedicated" one of "the completion queue".
TEST_P(RioPortNotify, ThePortGetsTheKeyAndTheOverlapped) {
  ASSERT_TRUE(receive(rq_, slice(0, 16)));
  ASSERT_EQ(rio().notify(cq_), 0);
  EXPECT_EQ(rio().notify(cq_), WSAEALREADY);
  send(pair_->connected, "x");
  EXPECT_TRUE(told(limit_ms));
  dequeue(cq_, 1);
}

// "Once a completion queue notification is issued, the application must call the RIONotify function in order
// to receive another completion queue notification."
TEST_P(RioPortNotify, OneCallIsForOnePacket) {
  ASSERT_TRUE(receive(rq_, slice(0, 1)));
  ASSERT_TRUE(receive(rq_, slice(1, 1)));
  ASSERT_EQ(rio().notify(cq_), 0);
  send(pair_->connected, "xy");
  ASSERT_TRUE(told(limit_ms));
  EXPECT_FALSE(told(quiet_ms));
  ASSERT_EQ(rio().notify(cq_), 0);  // not empty: at once
  EXPECT_TRUE(told(limit_ms));
  dequeue(cq_, 2);
}

// "Completion queue notification and will never be triggered as a result of such requests."
TEST_P(RioPortNotify, DontNotifySendsNoPacket) {
  ASSERT_TRUE(receive(rq_, slice(0, 16), 1, rio::dont_notify));
  ASSERT_EQ(rio().notify(cq_), 0);
  send(pair_->connected, "x");
  EXPECT_FALSE(told(quiet_ms));
  dequeue(cq_, 1);
}

}  // namespace
}  // namespace recvbench
