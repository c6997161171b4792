// The binary interface of Winsock registered I/O (RIO), as Microsoft documents it for mswsock.h and
// mswsockdef.h.
//
// Declared here because mingw-w64 has no RIO types. The names are our own and live in a namespace of their
// own, so that nothing clashes where the SDK declares its own; each says which documented name it stands for.
// The assertions below hold every structure to the documented x64 layout. The functions are not exported by
// name: the table is asked for at run time (rio/provider.h).
#pragma once

#include <winsock2.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace recvbench::rio {

// Opaque handles: RIO_CQ, RIO_RQ, RIO_BUFFERID.
using CompletionQueue = struct CompletionQueueHandle*;
using RequestQueue = struct RequestQueueHandle*;
using BufferId = struct BufferHandle*;

inline constexpr CompletionQueue invalid_completion_queue = nullptr;  // RIO_INVALID_CQ
inline constexpr RequestQueue invalid_request_queue = nullptr;        // RIO_INVALID_RQ
// RIO_INVALID_BUFFERID: 32 bits set, also where a pointer has 64.
inline const BufferId invalid_buffer_id = reinterpret_cast<BufferId>(std::uintptr_t{0xFFFFFFFF});

inline constexpr DWORD max_completion_queue_size = 0x8000000;  // RIO_MAX_CQ_SIZE, entries
inline constexpr ULONG corrupt_completion_queue =
    0xFFFFFFFF;                                      // RIO_CORRUPT_CQ, a count that no queue can have
inline constexpr ULONG max_buffers_per_request = 1;  // "this parameter must be 1": no scatter/gather

// RIO_MSG_*: flags of a request.
inline constexpr DWORD dont_notify = 1;  // its completion never triggers a pending notification
inline constexpr DWORD defer = 2;        // may wait for the next request without it, or for commit_only
inline constexpr DWORD wait_all = 4;     // receive on TCP: complete when the buffer is full
inline constexpr DWORD commit_only = 8;  // starts what was deferred; alone, without buffer and context

// RIO_NOTIFICATION_COMPLETION_TYPE
enum class NotificationType : int { event = 1, iocp = 2 };

// RIORESULT
struct Result {
  LONG status;  // 0 or a Winsock error code
  ULONG bytes_transferred;
  ULONGLONG socket_context;
  ULONGLONG request_context;
};

// RIO_BUF: a slice of one registered buffer; offset and length in bytes.
struct Buffer {
  BufferId id;
  ULONG offset;
  ULONG length;
};

// RIO_CMSG_BUFFER: the head of the control data that RIOReceiveEx returns.
struct ControlBuffer {
  ULONG total_length;  // in bytes, this head included
};
// RIO_CMSG_BASE_SIZE: from the head to the first WSACMSGHDR, which is aligned like a pointer.
inline constexpr ULONG control_base_size = 8;

// RIO_NOTIFICATION_COMPLETION: how RIONotify tells that a completion queue is not empty.
struct Notification {
  struct Event {
    HANDLE handle;
    BOOL notify_reset;  // RIONotify resets the event itself
  };
  struct Iocp {
    HANDLE handle;
    void* completion_key;
    void* overlapped;  // dedicated to this queue, not null
  };

  NotificationType type;
  union {
    Event event;
    Iocp iocp;
  };
};

// RIO_EXTENSION_FUNCTION_TABLE. A function that answers FALSE, an invalid handle or an error code has done
// nothing, and no completion of it will come; TRUE from a request is the promise of exactly one completion.
// No function is thread-safe on one queue: a completion queue is dequeued, resized and filled with request
// queues by one thread at a time, a request queue used by one thread at a time. Different queues are
// independent.
struct FunctionTable {
  DWORD size;
  BOOL(WINAPI* receive)(RequestQueue, Buffer*, ULONG buffers, DWORD flags, void* request_context);
  int(WINAPI* receive_ex)(RequestQueue, Buffer*, ULONG buffers, Buffer* local_address, Buffer* remote_address,
                          Buffer* control, Buffer* flags_out, DWORD flags, void* request_context);
  BOOL(WINAPI* send)(RequestQueue, Buffer*, ULONG buffers, DWORD flags, void* request_context);
  BOOL(WINAPI* send_ex)
  (RequestQueue, Buffer*, ULONG buffers, Buffer* local_address, Buffer* remote_address, Buffer* control,
   Buffer* flags_out, DWORD flags, void* request_context);
  void(WINAPI* close_completion_queue)(CompletionQueue);
  // `notification` null = the queue is polled only.
  CompletionQueue(WINAPI* create_completion_queue)(DWORD size, Notification* notification);
  RequestQueue(WINAPI* create_request_queue)(SOCKET, ULONG max_receives, ULONG max_receive_buffers,
                                             ULONG max_sends, ULONG max_send_buffers,
                                             CompletionQueue receive_queue, CompletionQueue send_queue,
                                             void* socket_context);
  ULONG(WINAPI* dequeue_completion)(CompletionQueue, Result*, ULONG size);
  void(WINAPI* deregister_buffer)(BufferId);
  INT(WINAPI* notify)(CompletionQueue);  // an error code, not WSAGetLastError
  BufferId(WINAPI* register_buffer)(char* data, DWORD bytes);
  BOOL(WINAPI* resize_completion_queue)(CompletionQueue, DWORD size);
  BOOL(WINAPI* resize_request_queue)(RequestQueue, DWORD max_receives, DWORD max_sends);
};

// SIO_GET_MULTIPLE_EXTENSION_FUNCTION_POINTER and WSAID_MULTIPLE_RIO: the question, and the table asked for.
inline constexpr DWORD get_multiple_extension_functions = 0xC8000024;
inline constexpr GUID multiple_rio_id = {
    0x8509e081, 0x96dd, 0x4005, {0xb1, 0x65, 0x9e, 0x2e, 0xe8, 0xc7, 0x9e, 0x3f}};

static_assert(sizeof(void*) == 8, "the layouts below are those of 64-bit Windows");
static_assert(sizeof(CompletionQueue) == 8 && sizeof(RequestQueue) == 8 && sizeof(BufferId) == 8);
static_assert(std::is_standard_layout_v<Result> && sizeof(Result) == 24 && alignof(Result) == 8);
static_assert(offsetof(Result, status) == 0 && offsetof(Result, bytes_transferred) == 4 &&
              offsetof(Result, socket_context) == 8 && offsetof(Result, request_context) == 16);
static_assert(std::is_standard_layout_v<Buffer> && sizeof(Buffer) == 16 && alignof(Buffer) == 8);
static_assert(offsetof(Buffer, id) == 0 && offsetof(Buffer, offset) == 8 && offsetof(Buffer, length) == 12);
static_assert(sizeof(ControlBuffer) == 4 && offsetof(ControlBuffer, total_length) == 0);
static_assert(sizeof(NotificationType) == 4);
static_assert(std::is_standard_layout_v<Notification> && sizeof(Notification) == 32 &&
              alignof(Notification) == 8);
static_assert(offsetof(Notification, type) == 0 && offsetof(Notification, event) == 8 &&
              offsetof(Notification, iocp) == 8);
static_assert(offsetof(Notification::Event, handle) == 0 && offsetof(Notification::Event, notify_reset) == 8);
static_assert(offsetof(Notification::Iocp, handle) == 0 &&
              offsetof(Notification::Iocp, completion_key) == 8 &&
              offsetof(Notification::Iocp, overlapped) == 16);
static_assert(std::is_standard_layout_v<FunctionTable> && sizeof(FunctionTable) == 112);
static_assert(offsetof(FunctionTable, size) == 0 && offsetof(FunctionTable, receive) == 8 &&
              offsetof(FunctionTable, receive_ex) == 16 && offsetof(FunctionTable, send) == 24 &&
              offsetof(FunctionTable, send_ex) == 32 &&
              offsetof(FunctionTable, close_completion_queue) == 40 &&
              offsetof(FunctionTable, create_completion_queue) == 48 &&
              offsetof(FunctionTable, create_request_queue) == 56 &&
              offsetof(FunctionTable, dequeue_completion) == 64 &&
              offsetof(FunctionTable, deregister_buffer) == 72 && offsetof(FunctionTable, notify) == 80 &&
              offsetof(FunctionTable, register_buffer) == 88 &&
              offsetof(FunctionTable, resize_completion_queue) == 96 &&
              offsetof(FunctionTable, resize_request_queue) == 104);

}  // namespace recvbench::rio
