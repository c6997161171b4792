// Overlapped sends that are waited for.
#include "platform/winsock/overlapped_send.h"

#include "platform/deadline.h"

namespace recvbench {
namespace {

// A manual-reset event for every thread that asks: a socket's blocking call inside Winsock keeps one in the
// same way. Not a thread_local object, after whose destructor libstdc++ frees its module (mingw): that waits
// for the loader with winpthreads' lock held, while a thread that is not of winpthreads' making (a thread
// pool's) ends with the loader's lock held and waits for winpthreads'.
class ThreadEvents {
 public:
  ThreadEvents() : index_(FlsAlloc(&close)) {}
  ThreadEvents(const ThreadEvents&) = delete;
  ThreadEvents& operator=(const ThreadEvents&) = delete;

  // The calling thread's. nullptr where the system has none left.
  HANDLE of_this_thread() const noexcept {
    if (index_ == FLS_OUT_OF_INDEXES) return nullptr;
    if (const HANDLE known = FlsGetValue(index_)) return known;
    const HANDLE made = CreateEventW(nullptr, TRUE, FALSE, nullptr);
    if (made && !FlsSetValue(index_, made)) {
      CloseHandle(made);
      return nullptr;
    }
    return made;
  }

 private:
  // When a thread ends.
  static void WINAPI close(void* event) { CloseHandle(event); }

  const DWORD index_;
};

}  // namespace

IoResult send_within(SOCKET socket, std::span<const std::byte> data, std::chrono::milliseconds timeout,
                     std::span<const std::byte> to) noexcept {
  static const ThreadEvents events;
  const HANDLE event = events.of_this_thread();
  if (!event) return {0, socket_error(WSAENOBUFS)};
  WSAOVERLAPPED operation{};
  // The low bit keeps the completion away from the port that the socket may belong to
  // (GetQueuedCompletionStatus).
  operation.hEvent = reinterpret_cast<HANDLE>(reinterpret_cast<ULONG_PTR>(event) | 1);
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
    waited = WaitForSingleObject(event, static_cast<DWORD>(deadline.milliseconds_left()));
  } while (waited == WAIT_TIMEOUT && !deadline.passed());
  const bool late = waited != WAIT_OBJECT_0;
  if (late) CancelIoEx(reinterpret_cast<HANDLE>(socket), &operation);
  // Waits for the end of a cancelled send as well: `operation` must outlive it.
  WaitForSingleObject(event, INFINITE);
  DWORD flags = 0;
  if (WSAGetOverlappedResult(socket, &operation, &bytes, FALSE, &flags)) return {bytes, {}};
  const std::error_code error = last_socket_error();
  return {bytes, late && error == canceled_error() ? timed_out_error() : error};
}

}  // namespace recvbench
