// When a notification is due: level and edge, oneshot and persistent, enabled and disabled.
#include "engines/tests/notifications/notifications_fixture.h"

namespace recvbench {
namespace {

class NotificationTriggers : public Notifications {};
RECVBENCH_NOTIFICATIONS(NotificationTriggers);

TEST_P(NotificationTriggers, LevelIsToldAsLongAsItHolds) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION",
                       "level-triggered notifications are supplied whenever the desired conditions hold",
                       "key 1: IN; key 1: IN; drained: nothing; more: key 1: IN"});
  SocketPair& pair = new_pair();
  ASSERT_EQ(apply(enable(pair.accepted, in, level)), ERROR_SUCCESS);
  send(pair.connected, "hello");
  const std::string first = take();
  const std::string second = take();
  drain(pair.accepted);
  take(0);  // what was queued before it was drained
  const std::string drained = take_unexpected();
  send(pair.connected, "again");
  EXPECT_TRUE(sentence.matches(first + "; " + second + "; drained: " + drained + "; more: " + take()));
}

TEST_P(NotificationTriggers, LevelIsToldOfWhatHeldBeforeItWasRegistered) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION",
                       "level-triggered notifications are supplied whenever the desired conditions hold",
                       "key 1: IN"});
  SocketPair& pair = new_pair();
  send(pair.connected, "hello");
  ASSERT_TRUE(is_readable(pair.accepted));
  ASSERT_EQ(apply(enable(pair.accepted, in, level)), ERROR_SUCCESS);
  EXPECT_TRUE(sentence.matches(take()));
}

TEST_P(NotificationTriggers, OneshotIsDisabledByItsNotification) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION",
                       "The registration will be disabled (not removed) upon delivery of the next "
                       "notification",
                       "key 1: IN; nothing; enabled again: key 1: IN"});
  SocketPair& pair = new_pair();
  ASSERT_EQ(apply(enable(pair.accepted, in, level_oneshot)), ERROR_SUCCESS);
  send(pair.connected, "hello");
  const std::string first = take();
  send(pair.connected, "more");
  const std::string second = take_unexpected();
  ASSERT_EQ(apply(enable(pair.accepted, in, level_oneshot)), ERROR_SUCCESS);
  EXPECT_TRUE(sentence.matches(first + "; " + second + "; enabled again: " + take()));
}

TEST_P(NotificationTriggers, EdgeIsToldWhenItBeginsToHold) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION",
                       "edge-triggered notifications are supplied whenever a condition changes from not "
                       "holding to holding",
                       "key 1: IN; undrained: nothing; drained: nothing; more: key 1: IN"});
  SocketPair& pair = new_pair();
  ASSERT_EQ(apply(enable(pair.accepted, in, edge)), ERROR_SUCCESS);
  send(pair.connected, "hello");
  const std::string first = take();
  const std::string undrained = take_unexpected();
  drain(pair.accepted);
  const std::string drained = take_unexpected();
  send(pair.connected, "more");
  EXPECT_TRUE(
      sentence.matches(first + "; undrained: " + undrained + "; drained: " + drained + "; more: " + take()));
}

TEST_P(NotificationTriggers, EdgeIsNotToldOfWhatHeldBeforeItWasRegistered) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION",
                       "after registering, the socket's receive buffer must be completely drained to ensure "
                       "a notification is received",
                       "undrained: nothing; drained, then more: key 1: IN"});
  SocketPair& pair = new_pair();
  send(pair.connected, "before");
  ASSERT_TRUE(is_readable(pair.accepted));
  ASSERT_EQ(apply(enable(pair.accepted, in, edge)), ERROR_SUCCESS);
  const std::string undrained = take_unexpected();
  EXPECT_EQ(drain(pair.accepted), 6u);
  send(pair.connected, "after");
  EXPECT_TRUE(sentence.matches("undrained: " + undrained + "; drained, then more: " + take()));
}

TEST_P(NotificationTriggers, NothingIsQueuedWhileDisabled) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION",
                       "Notifications are not queued up while the registration is disabled",
                       "disabled: nothing; drained and enabled: nothing; more: key 1: IN"});
  SocketPair& pair = new_pair();
  ASSERT_EQ(apply(enable(pair.accepted, in, level)), ERROR_SUCCESS);
  ASSERT_EQ(apply(disable(pair.accepted)), ERROR_SUCCESS);
  send(pair.connected, "unseen");
  const std::string disabled = take_unexpected();
  EXPECT_EQ(drain(pair.accepted), 6u);
  ASSERT_EQ(apply(enable(pair.accepted, in, level)), ERROR_SUCCESS);
  const std::string enabled = take_unexpected();
  send(pair.connected, "seen");
  EXPECT_TRUE(
      sentence.matches("disabled: " + disabled + "; drained and enabled: " + enabled + "; more: " + take()));
}

TEST_P(NotificationTriggers, WhatIsQueuedIsCoalesced) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION",
                       "As notifications are queued up for a given socket, they are coalesced into a single "
                       "notification. Therefore, multiple events may be described by a single event mask",
                       "key 1: IN OUT; nothing"});
  SocketPair& pair = new_pair();
  constexpr std::uint16_t in_or_out = notify::event_in | notify::event_out;
  ASSERT_EQ(apply(enable(pair.accepted, in_or_out, level_oneshot)), ERROR_SUCCESS);  // OUT holds already
  send(pair.connected, "hello");
  ASSERT_TRUE(is_readable(pair.accepted));
  Sleep(quiet_ms);  // for IN to join it
  const std::string first = take();
  EXPECT_TRUE(sentence.matches(first + "; " + take_unexpected()));
}

TEST_P(NotificationTriggers, HangupIsToldOfADisconnectedStream) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION",
                       "when a stream-oriented connection was either disconnected or aborted [disconnected]",
                       "HANGUP"});
  SocketPair& pair = new_pair();
  ASSERT_EQ(apply(enable(pair.accepted, notify::event_hangup, level_oneshot)), ERROR_SUCCESS);
  shutdown_send(pair.connected);
  const std::string events = take();
  EXPECT_TRUE(sentence.matches(events.find("HANGUP") != std::string::npos ? "HANGUP" : events));
}

TEST_P(NotificationTriggers, HangupIsToldOfAnAbortedStream) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION",
                       "when a stream-oriented connection was either disconnected or aborted [aborted]",
                       "HANGUP"});
  SocketPair& pair = new_pair();
  ASSERT_EQ(apply(enable(pair.accepted, notify::event_hangup, edge)), ERROR_SUCCESS);
  set_abortive_close(pair.connected);
  pair.connected.close();
  const std::string events = take();
  EXPECT_TRUE(sentence.matches(events.find("HANGUP") != std::string::npos ? "HANGUP" : events));
}

TEST_P(NotificationTriggers, OutIsToldOfAStreamThatCanBeWritten) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION",
                       "A notification should be issued when data can be written without blocking",
                       "key 1: OUT"});
  SocketPair& pair = new_pair();
  ASSERT_EQ(apply(enable(pair.accepted, notify::event_out, level_oneshot)), ERROR_SUCCESS);
  EXPECT_TRUE(sentence.matches(take()));
}

TEST_P(NotificationTriggers, NobodyIsToldOfWhatWasNotAskedFor) {
  Documented sentence(
      {"SOCK_NOTIFY_REGISTRATION", "A set of flags indicating the notifications being requested", "nothing"});
  SocketPair& pair = new_pair();
  ASSERT_EQ(apply(enable(pair.accepted, notify::event_hangup, level)), ERROR_SUCCESS);
  send(pair.connected, "hello");
  ASSERT_TRUE(is_readable(pair.accepted));
  EXPECT_TRUE(sentence.matches(take_unexpected()));
}

TEST_P(NotificationTriggers, InIsToldOfAConnectionToAccept) {
  Documented sentence({"Winsock socket state notifications",
                       "Register the listening socket with the I/O completion port so the server threads are "
                       "notified of incoming connections",
                       "key 1: IN"});
  const Socket listener = listen_tcp(Address::loopback(AddressFamily::ipv4), 1);
  ASSERT_EQ(apply(enable(listener, in, level_oneshot)), ERROR_SUCCESS);
  const Socket client = connect_tcp(local_address(listener), std::chrono::milliseconds(limit_ms));
  EXPECT_TRUE(sentence.matches(take()));
  EXPECT_EQ(apply(remove(listener)), ERROR_SUCCESS);
}

}  // namespace
}  // namespace recvbench
