// Our declarations against the Windows SDK's own, where it has them: an SDK that disagrees does not compile
// this file.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engines/winsock/notifications/abi.h"

namespace recvbench {
namespace {

#ifdef SOCK_NOTIFY_OP_ENABLE

static_assert(sizeof(SOCK_NOTIFY_REGISTRATION) == sizeof(notify::Registration));
static_assert(offsetof(SOCK_NOTIFY_REGISTRATION, socket) == offsetof(notify::Registration, socket));
static_assert(offsetof(SOCK_NOTIFY_REGISTRATION, completionKey) ==
              offsetof(notify::Registration, completion_key));
static_assert(offsetof(SOCK_NOTIFY_REGISTRATION, eventFilter) ==
              offsetof(notify::Registration, event_filter));
static_assert(offsetof(SOCK_NOTIFY_REGISTRATION, operation) == offsetof(notify::Registration, operation));
static_assert(offsetof(SOCK_NOTIFY_REGISTRATION, triggerFlags) ==
              offsetof(notify::Registration, trigger_flags));
static_assert(offsetof(SOCK_NOTIFY_REGISTRATION, registrationResult) ==
              offsetof(notify::Registration, registration_result));
static_assert(SOCK_NOTIFY_REGISTER_EVENT_IN == notify::event_in && SOCK_NOTIFY_EVENT_IN == notify::event_in);
static_assert(SOCK_NOTIFY_REGISTER_EVENT_OUT == notify::event_out &&
              SOCK_NOTIFY_EVENT_OUT == notify::event_out);
static_assert(SOCK_NOTIFY_REGISTER_EVENT_HANGUP == notify::event_hangup &&
              SOCK_NOTIFY_EVENT_HANGUP == notify::event_hangup);
static_assert(SOCK_NOTIFY_EVENT_ERR == notify::event_error);
static_assert(SOCK_NOTIFY_EVENT_REMOVE == notify::event_remove);
static_assert(SOCK_NOTIFY_REGISTER_EVENTS_ALL == notify::events_to_ask_for);
static_assert(SOCK_NOTIFY_OP_NONE == notify::operation_none &&
              SOCK_NOTIFY_OP_ENABLE == notify::operation_enable &&
              SOCK_NOTIFY_OP_DISABLE == notify::operation_disable &&
              SOCK_NOTIFY_OP_REMOVE == notify::operation_remove);
static_assert(SOCK_NOTIFY_TRIGGER_ONESHOT == notify::trigger_oneshot &&
              SOCK_NOTIFY_TRIGGER_PERSISTENT == notify::trigger_persistent &&
              SOCK_NOTIFY_TRIGGER_LEVEL == notify::trigger_level &&
              SOCK_NOTIFY_TRIGGER_EDGE == notify::trigger_edge);

TEST(SocketNotificationsAbi, FillsARegistrationAsTheSdkReadsIt) {
  const notify::Registration ours{7,
                                  reinterpret_cast<void*>(std::uintptr_t{9}),
                                  notify::event_in,
                                  notify::operation_remove,
                                  notify::trigger_edge,
                                  5};
  SOCK_NOTIFY_REGISTRATION sdk{};
  std::memcpy(&sdk, &ours, sizeof(sdk));
  EXPECT_EQ(sdk.socket, 7u);
  EXPECT_EQ(sdk.completionKey, ours.completion_key);
  EXPECT_EQ(sdk.eventFilter, SOCK_NOTIFY_REGISTER_EVENT_IN);
  EXPECT_EQ(sdk.operation, SOCK_NOTIFY_OP_REMOVE);
  EXPECT_EQ(sdk.triggerFlags, SOCK_NOTIFY_TRIGGER_EDGE);
  EXPECT_EQ(sdk.registrationResult, 5u);
}

#else

TEST(SocketNotificationsAbi, IsCheckedAgainstTheSdk) {
  GTEST_SKIP() << "this SDK's winsock2.h has no socket state notifications (mingw-w64); "
                  "notifications/abi.h holds the documented layout itself";
}

#endif

}  // namespace
}  // namespace recvbench
