// The call itself: arguments, time limits, what it takes off the port.
#include "engines/tests/notifications/notifications_fixture.h"

namespace recvbench {
namespace {

class NotificationCalls : public Notifications {};
RECVBENCH_NOTIFICATIONS(NotificationCalls);

TEST_P(NotificationCalls, RegistersAndRetrievesAtOnce) {
  Documented sentence({"ProcessSocketNotifications",
                       "you can register for notifications and retrieve them in a single call", "key 7: IN"});
  SocketPair& pair = new_pair();
  send(pair.connected, "x");
  ASSERT_TRUE(is_readable(pair.accepted));
  notify::Registration registration = enable(pair.accepted, in, level_oneshot, 7);
  std::array<OVERLAPPED_ENTRY, 4> packets{};
  std::uint32_t count = 0;
  ASSERT_EQ(process(port(), 1u, &registration, limit_ms, ULONG{4}, packets.data(), &count), ERROR_SUCCESS);
  ASSERT_EQ(registration.registration_result, ERROR_SUCCESS);
  EXPECT_TRUE(sentence.matches(describe(std::span(packets).first(count))));
}

TEST_P(NotificationCalls, RetrievesOtherPacketsAsTheyAre) {
  Documented sentence({"ProcessSocketNotifications",
                       "the same as those retrieved using GetQueuedCompletionStatusEx, which might include "
                       "notification packets other than socket state changes",
                       "bytes 4000000000, key 3, overlapped as given"});
  OVERLAPPED* const overlapped = reinterpret_cast<OVERLAPPED*>(ULONG_PTR{0x1234});  // never dereferenced
  ASSERT_TRUE(PostQueuedCompletionStatus(port(), 4'000'000'000, 3, overlapped));
  OVERLAPPED_ENTRY packet{};
  std::uint32_t count = 0;
  ASSERT_EQ(process(port(), 0u, nullptr, limit_ms, ULONG{1}, &packet, &count), ERROR_SUCCESS);
  ASSERT_EQ(count, 1u);
  EXPECT_TRUE(sentence.matches(
      "bytes " + std::to_string(packet.dwNumberOfBytesTransferred) + ", key " +
      std::to_string(packet.lpCompletionKey) +
      (packet.lpOverlapped == overlapped ? ", overlapped as given" : ", another overlapped")));
}

TEST_P(NotificationCalls, TimesOutAtOnceWithoutATimeout) {
  Documented sentence(
      {"ProcessSocketNotifications",
       "If timeoutMs is 0, and there is no I/O operation to dequeue, then the function will time out "
       "immediately",
       "WAIT_TIMEOUT"});
  OVERLAPPED_ENTRY packet{};
  std::uint32_t count = 0;
  EXPECT_TRUE(sentence.matches(describe_call(process(port(), 0u, nullptr, 0u, ULONG{1}, &packet, &count))));
}

TEST_P(NotificationCalls, RegistersThoughNoPacketComes) {
  Documented sentence({"ProcessSocketNotifications",
                       "If ERROR_SUCCESS or WAIT_TIMEOUT is returned, then you must inspect the individual "
                       "registration infos' registration results",
                       "WAIT_TIMEOUT, done, then key 1: IN"});
  SocketPair& pair = new_pair();
  notify::Registration registration = enable(pair.accepted, in, level_oneshot);
  OVERLAPPED_ENTRY packet{};
  std::uint32_t count = 0;
  const DWORD error = process(port(), 1u, &registration, 1u, ULONG{1}, &packet, &count);
  send(pair.connected, "x");
  EXPECT_TRUE(sentence.matches(describe_call(error) + ", " +
                               describe_result(registration.registration_result) + ", then " + take()));
}

TEST_P(NotificationCalls, RefusesATimeoutWhereNoPacketsAreAskedFor) {
  Documented sentence(
      {"ProcessSocketNotifications", "The value of timeoutMs must be 0 if completionCount is 0", "an error"});
  SocketPair& pair = new_pair();
  notify::Registration registration = enable(pair.accepted, in, level);
  EXPECT_TRUE(
      sentence.matches(describe_call(process(port(), 1u, &registration, 1u, ULONG{0}, nullptr, nullptr))));
}

TEST_P(NotificationCalls, RefusesRegistrationsWithoutACount) {
  Documented sentence(
      {"ProcessSocketNotifications", "This argument must be NULL if registrationCount is 0", "an error"});
  SocketPair& pair = new_pair();
  notify::Registration registration = enable(pair.accepted, in, level);
  EXPECT_TRUE(
      sentence.matches(describe_call(process(port(), 0u, &registration, 0u, ULONG{0}, nullptr, nullptr))));
}

TEST_P(NotificationCalls, RefusesRoomForPacketsWithoutACount) {
  Documented sentence({"ProcessSocketNotifications",
                       "The value of completionPortEntries must be NULL if completionCount is 0",
                       "an error"});
  SocketPair& pair = new_pair();
  notify::Registration registration = enable(pair.accepted, in, level);
  OVERLAPPED_ENTRY packet{};
  EXPECT_TRUE(
      sentence.matches(describe_call(process(port(), 1u, &registration, 0u, ULONG{0}, &packet, nullptr))));
}

TEST_P(NotificationCalls, TellsTheResultOfEachRegistration) {
  Documented sentence({"ProcessSocketNotifications",
                       "On success, you must inspect the elements for whether the registration was processed "
                       "successfully",
                       "ERROR_SUCCESS: done, refused, done"});
  SocketPair& first = new_pair();
  SocketPair& second = new_pair();
  const Socket none;
  std::array<notify::Registration, 3> registrations{
      enable(first.accepted, in, level), enable(none, in, level), enable(second.accepted, in, level)};
  const DWORD error = process(port(), 3u, registrations.data(), 0u, ULONG{0}, nullptr, nullptr);
  EXPECT_TRUE(sentence.matches(describe_call(error) + ": " +
                               describe_result(registrations[0].registration_result) + ", " +
                               describe_result(registrations[1].registration_result) + ", " +
                               describe_result(registrations[2].registration_result)));
}

TEST_P(NotificationCalls, TakesNoMoreThanIsAskedFor) {
  Documented sentence({"ProcessSocketNotifications",
                       "The maximum number of OVERLAPPED_ENTRY structures to remove", "1 and 1"});
  for (std::size_t key = 1; key <= 2; ++key) {
    SocketPair& pair = new_pair();
    send(pair.connected, "x");
    ASSERT_TRUE(is_readable(pair.accepted));
    ASSERT_EQ(apply(enable(pair.accepted, in, level_oneshot, key)), ERROR_SUCCESS);
  }
  std::string counts;
  for (int i = 0; i < 2; ++i) {
    OVERLAPPED_ENTRY packet{};
    std::uint32_t count = 0;
    ASSERT_EQ(process(port(), 0u, nullptr, limit_ms, ULONG{1}, &packet, &count), ERROR_SUCCESS);
    counts += (i == 0 ? "" : " and ") + std::to_string(count);
  }
  EXPECT_TRUE(sentence.matches(counts));
}

TEST_P(NotificationCalls, DoesNothingForTheOperationNone) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION", "No registration operations should take place",
                       "no registration to remove"});
  SocketPair& pair = new_pair();
  notify::Registration registration = enable(pair.accepted, in, level);
  registration.operation = notify::operation_none;
  apply(registration);
  EXPECT_TRUE(sentence.matches(apply(remove(pair.accepted)) == ERROR_SUCCESS ? "a registration to remove"
                                                                             : "no registration to remove"));
}

TEST_P(NotificationCalls, RefusesTwoOperationsAtATime) {
  Documented sentence(
      {"SOCK_NOTIFY_REGISTRATION", "At most one operation may be performed at a time", "refused"});
  SocketPair& pair = new_pair();
  notify::Registration registration = enable(pair.accepted, in, level);
  registration.operation = notify::operation_enable | notify::operation_remove;
  EXPECT_TRUE(sentence.matches(describe_result(apply(registration))));
}

TEST_P(NotificationCalls, WantsOneOfLevelAndEdge) {
  Documented sentence({"SOCK_NOTIFY_REGISTRATION",
                       "One of edge- or level-triggered must be supplied [...] Not compatible with "
                       "edge-triggered",
                       "neither: refused, both: refused"});
  SocketPair& pair = new_pair();
  const DWORD neither = apply(enable(pair.accepted, in, notify::trigger_persistent));
  const DWORD both = apply(
      enable(pair.accepted, in, notify::trigger_persistent | notify::trigger_level | notify::trigger_edge));
  EXPECT_TRUE(sentence.matches("neither: " + describe_result(neither) + ", both: " + describe_result(both)));
}

}  // namespace
}  // namespace recvbench
