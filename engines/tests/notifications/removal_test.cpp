// The end of a registration: removed, overwritten, or closed with its socket.
#include <tuple>
#include <utility>

#include "engines/tests/notifications/notifications_fixture.h"

namespace recvbench {
namespace {

class NotificationRemoval : public Notifications {};
RECVBENCH_NOTIFICATIONS(NotificationRemoval);

TEST_P(NotificationRemoval, IsTheLastNotification) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION",
                       "The SOCK_NOTIFY_EVENT_REMOVE notification is issued, with the guarantee that no more "
                       "notifications will be issued afterwards for that completion key",
                       "key 1: REMOVE; nothing"});
  SocketPair& pair = new_pair();
  ASSERT_EQ(apply(enable(pair.accepted, in_or_hangup, level)), ERROR_SUCCESS);
  ASSERT_EQ(apply(remove(pair.accepted)), ERROR_SUCCESS);
  send(pair.connected, "unseen");
  pair.connected.close();
  const std::string first = take();
  EXPECT_TRUE(sentence.matches(first + "; " + take_unexpected()));
}

TEST_P(NotificationRemoval, ComesAfterOrWithWhatWasQueued) {
  Documented sentence({"SocketNotificationRetrieveEvents",
                       "If a SOCK_NOTIFY_EVENT_REMOVE event is indicated, then no more notifications will be "
                       "provided",
                       "REMOVE is last"});
  SocketPair& pair = new_pair();
  send(pair.connected, "hello");
  ASSERT_TRUE(is_readable(pair.accepted));
  ASSERT_EQ(apply(enable(pair.accepted, in, level)), ERROR_SUCCESS);
  ASSERT_EQ(apply(remove(pair.accepted)), ERROR_SUCCESS);
  std::string last;
  for (std::string next = take(); next != "nothing"; next = take_unexpected()) last = next;
  EXPECT_TRUE(sentence.matches(last.ends_with("REMOVE") ? "REMOVE is last" : last + " is last"));
}

TEST_P(NotificationRemoval, IsPossibleWhileDisabled) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION", "Both enabled and disabled notifications may be removed",
                       "key 1: REMOVE"});
  SocketPair& pair = new_pair();
  ASSERT_EQ(apply(enable(pair.accepted, in, level)), ERROR_SUCCESS);
  ASSERT_EQ(apply(disable(pair.accepted)), ERROR_SUCCESS);
  ASSERT_EQ(apply(remove(pair.accepted)), ERROR_SUCCESS);
  EXPECT_TRUE(sentence.matches(take()));
}

TEST_P(NotificationRemoval, IsRefusedWhereNothingIsRegistered) {
  Documented sentence(
      {"SOCK_NOTIFY_REGISTRATION", "Removes a previously-registered notification", "refused"});
  SocketPair& pair = new_pair();
  EXPECT_TRUE(sentence.matches(describe_result(apply(remove(pair.accepted)))));
}

TEST_P(NotificationRemoval, AllowsAnotherKey) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION",
                       "To change the completion key, remove the registration and re-register it",
                       "key 1: REMOVE; key 2: IN"});
  SocketPair& pair = new_pair();
  ASSERT_EQ(apply(enable(pair.accepted, in, level_oneshot, 1)), ERROR_SUCCESS);
  ASSERT_EQ(apply(remove(pair.accepted)), ERROR_SUCCESS);
  const std::string removed = take();
  send(pair.connected, "hello");
  ASSERT_EQ(apply(enable(pair.accepted, in, level_oneshot, 2)), ERROR_SUCCESS);
  EXPECT_TRUE(sentence.matches(removed + "; " + take()));
}

TEST_P(NotificationRemoval, EnablingAgainOverwritesTheRegistration) {
  Documented sentence({"ProcessSocketNotifications",
                       "Re-registering a previously-registered socket handle overwrites the existing "
                       "registration",
                       "key 1: IN"});
  SocketPair& pair = new_pair();
  ASSERT_EQ(apply(enable(pair.accepted, notify::event_hangup, level)), ERROR_SUCCESS);
  ASSERT_EQ(apply(enable(pair.accepted, in, level_oneshot)), ERROR_SUCCESS);
  send(pair.connected, "hello");
  EXPECT_TRUE(sentence.matches(take()));
}

TEST_P(NotificationRemoval, OnePortAtATime) {
  Documented sentence({"ProcessSocketNotifications",
                       "A socket handle can be registered to only one IOCP at a time", "refused"});
  SocketPair& pair = new_pair();
  ASSERT_EQ(apply(enable(pair.accepted, in, level)), ERROR_SUCCESS);
  EXPECT_TRUE(sentence.matches(describe_result(apply(enable(pair.accepted, in, level), new_port()))));
}

TEST_P(NotificationRemoval, ClosesocketDeregistersInSilence) {
  Documented sentence({"Winsock socket state notifications",
                       "An automatic deregistration via closesocket won't generate a "
                       "SOCK_NOTIFY_EVENT_REMOVE notification",
                       "nothing"});
  SocketPair& pair = new_pair();
  ASSERT_EQ(apply(enable(pair.accepted, in_or_hangup, level)), ERROR_SUCCESS);
  pair.accepted.close();
  pair.connected.close();
  EXPECT_TRUE(sentence.matches(take_unexpected()));
}

TEST_P(NotificationRemoval, ASocketWithTheHandleOfAClosedOneIsAnother) {
  Documented sentence({"Winsock socket state notifications",
                       "When the socket descriptor used to register for notifications is closed [...] its "
                       "notifications are automatically deregistered",
                       "nothing; registered: key 2: IN"});
  SocketPair& closed = new_pair();
  ASSERT_EQ(apply(enable(closed.accepted, in_or_hangup, level, 1)), ERROR_SUCCESS);
  const NativeSocket handle = closed.accepted.native();
  closed.accepted.close();
  // The first socket opened now is a pair's listener, which goes again: the next pair has the handle.
  Socket* reused = nullptr;
  Socket* peer = nullptr;
  for (int i = 0; i < 4 && reused == nullptr; ++i) {
    SocketPair& pair = new_pair();
    if (pair.accepted.native() == handle) std::tie(reused, peer) = std::pair(&pair.accepted, &pair.connected);
    if (pair.connected.native() == handle)
      std::tie(reused, peer) = std::pair(&pair.connected, &pair.accepted);
  }
  if (reused == nullptr) GTEST_SKIP() << "no socket got the closed one's handle";
  send(*peer, "hello");
  ASSERT_TRUE(is_readable(*reused));
  const std::string unregistered = take_unexpected();
  ASSERT_EQ(apply(enable(*reused, in, level_oneshot, 2)), ERROR_SUCCESS);
  const std::string registered = take();
  EXPECT_EQ(apply(remove(*reused)), ERROR_SUCCESS);
  EXPECT_TRUE(sentence.matches(unregistered + "; registered: " + registered));
}

}  // namespace
}  // namespace recvbench
