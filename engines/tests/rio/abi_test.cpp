// Our declarations against the Windows SDK's own, where it has them: an SDK that disagrees does not compile
// this file.
#include <winsock2.h>

#include <mswsock.h>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <type_traits>
#include <vector>

#include "engines/winsock/rio/abi.h"

namespace recvbench {
namespace {

#ifdef WSAID_MULTIPLE_RIO

// Two functions pass their arguments alike: as many, each as large, and a result as large. (x64 has one
// calling convention, in which that is all there is to say of integers and pointers.)
template <class Function>
struct Shape;
template <class Result, class... Arguments>
struct Shape<Result(WINAPI*)(Arguments...)> {
  static std::vector<std::size_t> sizes() {
    if constexpr (std::is_void_v<Result>) {
      return {0, sizeof(Arguments)...};
    } else {
      return {sizeof(Result), sizeof(Arguments)...};
    }
  }
};
template <class Ours, class Sdk>
bool same_shape(Ours, Sdk) {
  return Shape<Ours>::sizes() == Shape<Sdk>::sizes();
}

static_assert(sizeof(RIO_CQ) == sizeof(rio::CompletionQueue) && sizeof(RIO_RQ) == sizeof(rio::RequestQueue) &&
              sizeof(RIO_BUFFERID) == sizeof(rio::BufferId));
static_assert(sizeof(RIORESULT) == sizeof(rio::Result));
static_assert(offsetof(RIORESULT, Status) == offsetof(rio::Result, status));
static_assert(offsetof(RIORESULT, BytesTransferred) == offsetof(rio::Result, bytes_transferred));
static_assert(offsetof(RIORESULT, SocketContext) == offsetof(rio::Result, socket_context));
static_assert(offsetof(RIORESULT, RequestContext) == offsetof(rio::Result, request_context));
static_assert(sizeof(RIO_BUF) == sizeof(rio::Buffer));
static_assert(offsetof(RIO_BUF, BufferId) == offsetof(rio::Buffer, id));
static_assert(offsetof(RIO_BUF, Offset) == offsetof(rio::Buffer, offset));
static_assert(offsetof(RIO_BUF, Length) == offsetof(rio::Buffer, length));
static_assert(sizeof(RIO_CMSG_BUFFER) == sizeof(rio::ControlBuffer));
static_assert(sizeof(RIO_NOTIFICATION_COMPLETION) == sizeof(rio::Notification));
static_assert(offsetof(RIO_NOTIFICATION_COMPLETION, Event) == offsetof(rio::Notification, event));
static_assert(offsetof(RIO_NOTIFICATION_COMPLETION, Iocp) == offsetof(rio::Notification, iocp));
static_assert(offsetof(RIO_CMSG_BUFFER, TotalLength) == offsetof(rio::ControlBuffer, total_length));
static_assert(offsetof(RIO_NOTIFICATION_COMPLETION, Type) == offsetof(rio::Notification, type));
static_assert(offsetof(RIO_NOTIFICATION_COMPLETION, Event.EventHandle) ==
              offsetof(rio::Notification, event.handle));
static_assert(offsetof(RIO_NOTIFICATION_COMPLETION, Event.NotifyReset) ==
              offsetof(rio::Notification, event.notify_reset));
static_assert(offsetof(RIO_NOTIFICATION_COMPLETION, Iocp.IocpHandle) ==
              offsetof(rio::Notification, iocp.handle));
static_assert(offsetof(RIO_NOTIFICATION_COMPLETION, Iocp.CompletionKey) ==
              offsetof(rio::Notification, iocp.completion_key));
static_assert(offsetof(RIO_NOTIFICATION_COMPLETION, Iocp.Overlapped) ==
              offsetof(rio::Notification, iocp.overlapped));
static_assert(static_cast<int>(RIO_EVENT_COMPLETION) == static_cast<int>(rio::NotificationType::event));
static_assert(static_cast<int>(RIO_IOCP_COMPLETION) == static_cast<int>(rio::NotificationType::iocp));
static_assert(sizeof(RIO_EXTENSION_FUNCTION_TABLE) == sizeof(rio::FunctionTable));
static_assert(RIO_MSG_DONT_NOTIFY == rio::dont_notify && RIO_MSG_DEFER == rio::defer);
static_assert(RIO_MSG_WAITALL == rio::wait_all && RIO_MSG_COMMIT_ONLY == rio::commit_only);
static_assert(RIO_MAX_CQ_SIZE == rio::max_completion_queue_size);
static_assert(RIO_CORRUPT_CQ == rio::corrupt_completion_queue);
static_assert(SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER == rio::get_multiple_extension_functions);

TEST(RioAbi, EveryPlaceOfTheTableIsWhereTheSdkHasIt) {
  using Sdk = RIO_EXTENSION_FUNCTION_TABLE;
  using Ours = rio::FunctionTable;
  EXPECT_EQ(offsetof(Sdk, cbSize), offsetof(Ours, size));
  EXPECT_EQ(offsetof(Sdk, RIOReceive), offsetof(Ours, receive));
  EXPECT_EQ(offsetof(Sdk, RIOReceiveEx), offsetof(Ours, receive_ex));
  EXPECT_EQ(offsetof(Sdk, RIOSend), offsetof(Ours, send));
  EXPECT_EQ(offsetof(Sdk, RIOSendEx), offsetof(Ours, send_ex));
  EXPECT_EQ(offsetof(Sdk, RIOCloseCompletionQueue), offsetof(Ours, close_completion_queue));
  EXPECT_EQ(offsetof(Sdk, RIOCreateCompletionQueue), offsetof(Ours, create_completion_queue));
  EXPECT_EQ(offsetof(Sdk, RIOCreateRequestQueue), offsetof(Ours, create_request_queue));
  EXPECT_EQ(offsetof(Sdk, RIODequeueCompletion), offsetof(Ours, dequeue_completion));
  EXPECT_EQ(offsetof(Sdk, RIODeregisterBuffer), offsetof(Ours, deregister_buffer));
  EXPECT_EQ(offsetof(Sdk, RIONotify), offsetof(Ours, notify));
  EXPECT_EQ(offsetof(Sdk, RIORegisterBuffer), offsetof(Ours, register_buffer));
  EXPECT_EQ(offsetof(Sdk, RIOResizeCompletionQueue), offsetof(Ours, resize_completion_queue));
  EXPECT_EQ(offsetof(Sdk, RIOResizeRequestQueue), offsetof(Ours, resize_request_queue));
}

TEST(RioAbi, EveryFunctionTakesWhatTheSdkPasses) {
  const RIO_EXTENSION_FUNCTION_TABLE sdk{};
  const rio::FunctionTable ours{};
  EXPECT_TRUE(same_shape(ours.receive, sdk.RIOReceive));
  EXPECT_TRUE(same_shape(ours.receive_ex, sdk.RIOReceiveEx));
  EXPECT_TRUE(same_shape(ours.send, sdk.RIOSend));
  EXPECT_TRUE(same_shape(ours.send_ex, sdk.RIOSendEx));
  EXPECT_TRUE(same_shape(ours.close_completion_queue, sdk.RIOCloseCompletionQueue));
  EXPECT_TRUE(same_shape(ours.create_completion_queue, sdk.RIOCreateCompletionQueue));
  EXPECT_TRUE(same_shape(ours.create_request_queue, sdk.RIOCreateRequestQueue));
  EXPECT_TRUE(same_shape(ours.dequeue_completion, sdk.RIODequeueCompletion));
  EXPECT_TRUE(same_shape(ours.deregister_buffer, sdk.RIODeregisterBuffer));
  EXPECT_TRUE(same_shape(ours.notify, sdk.RIONotify));
  EXPECT_TRUE(same_shape(ours.register_buffer, sdk.RIORegisterBuffer));
  EXPECT_TRUE(same_shape(ours.resize_completion_queue, sdk.RIOResizeCompletionQueue));
  EXPECT_TRUE(same_shape(ours.resize_request_queue, sdk.RIOResizeRequestQueue));
}

TEST(RioAbi, ControlDataBeginsWhereTheSdkHasIt) {
  EXPECT_EQ(RIO_CMSG_BASE_SIZE, rio::control_base_size);
}

TEST(RioAbi, InvalidHandlesAreTheSdks) {
  EXPECT_EQ(static_cast<void*>(RIO_INVALID_CQ), static_cast<void*>(rio::invalid_completion_queue));
  EXPECT_EQ(static_cast<void*>(RIO_INVALID_RQ), static_cast<void*>(rio::invalid_request_queue));
  EXPECT_EQ(static_cast<void*>(RIO_INVALID_BUFFERID), static_cast<void*>(rio::invalid_buffer_id));
}

TEST(RioAbi, TheTableHasTheSdksId) {
  const GUID sdk = WSAID_MULTIPLE_RIO;
  EXPECT_EQ(std::memcmp(&sdk, &rio::multiple_rio_id, sizeof(GUID)), 0);
}

#else

TEST(RioAbi, IsCheckedAgainstTheSdk) {
  GTEST_SKIP() << "this SDK's mswsock.h has no RIO (mingw-w64); rio/abi.h holds the documented layout itself";
}

#endif

}  // namespace
}  // namespace recvbench
