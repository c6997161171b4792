// Overlapped sends that are waited for.
#include "platform/winsock/overlapped_send.h"

#include "platform/deadline.h"

namespace recvbench {
namespace {

// One event a thread: a socket's blocking call inside Winsock keeps one in the same way.
class ThreadEvent {
 public:
  ThreadEvent() : handle_(CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}
  ~ThreadEvent() {
    if (handle_) CloseHandle(handle_);
  }
  ThreadEvent(const ThreadEvent&) = delete;
  ThreadEvent& operator=(const ThreadEvent&) = delete;
  HANDLE get() const { return handle_; }

 private:
  HANDLE handle_;
};

}  // namespace

IoResult send_within(SOCKET socket, std::span<const std::byte> data, std::chrono::milliseconds timeout,
                     std::span<const std::byte> to) noexcept {
  static thread_local const ThreadEvent event;
  if (!event.get()) return {0, socket_error(WSAENOBUFS)};
  WSAOVERLAPPED operation{};
  // The low bit keeps the completion away from the port that the socket may belong to
  // (GetQueuedCompletionStatus).
  operation.hEvent = reinterpret_cast<HANDLE>(reinterpret_cast<ULONG_PTR>(event.get()) | 1);
  WSABUF buffer{static_cast<ULONG>(data.size()),
                reinterpret_cast<CHAR*>(const_cast<std::byte*>(data.data()))};
  DWORD bytes = 0;
  const int started =
      to.empty() ? WSASend(socket, &buffer, 1, &bytes, 0, &operation, nullptr)
                 : WSASendTo(socket, &buffer, 1, &bytes, 0, reinterpret_cast<const sockaddr*>(to.data()),
                             static_cast<int>(to.size()), &operation, nullptr);
  if (started == 0) return {bytes, {}};
  const int failure = WSAGetLastError();
  if (failure != WSA_IO_PENDING) return {0, socket_error(failure)};

  const Deadline deadline(timeout);
  DWORD waited = WAIT_TIMEOUT;
  do {
    waited = WaitForSingleObject(event.get(), static_cast<DWORD>(deadline.milliseconds_left()));
  } while (waited == WAIT_TIMEOUT && !deadline.passed());
  const bool late = waited != WAIT_OBJECT_0;
  if (late) CancelIoEx(reinterpret_cast<HANDLE>(socket), &operation);
  // Waits for the end of a cancelled send as well: `operation` must outlive it.
  WaitForSingleObject(event.get(), INFINITE);
  DWORD flags = 0;
  if (WSAGetOverlappedResult(socket, &operation, &bytes, FALSE, &flags)) return {bytes, {}};
  const std::error_code error = last_socket_error();
  return {bytes, late && error == canceled_error() ? timed_out_error() : error};
}

}  // namespace recvbench
