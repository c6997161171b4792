// How the emulation stands in for RIO:
//
//   completion queue   a private completion port, and the list `ready_` of completions taken from it and not
//   yet dequeued request queue      two lanes (receives, sends) of preallocated OVERLAPPEDs on one socket
//   bound to that port RIOReceive         WSARecv; RIOSend: WSASend. Deferred requests wait in their lane for
//   the commit RIODequeue...      GetQueuedCompletionStatusEx with timeout 0 RIONotify          one thread
//   per completion queue that waits on the port while a notification is asked for
//
// A lane hands its completions over in the order of its requests. That keeps a socket's receives in stream
// order although two threads take packets from the port: the watching one, and the caller's that polls
// meanwhile.
#include "engines/winsock/rio_emulation.h"

#include <mswsock.h>
#include <ws2tcpip.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_map>

namespace recvbench {
namespace {

class EmulatedCq;
class EmulatedRq;

// ---- registered buffers

// The functions of the table carry no context, so the registrations are the process's, as the system's own
// are. Ids are never used again: a stale one is always recognised.
class BufferRegistry {
 public:
  rio::BufferId add(char* data, DWORD bytes) {
    const std::lock_guard lock(mutex_);
    const auto id = reinterpret_cast<rio::BufferId>(++last_id_);
    buffers_.emplace(id, Registration{data, bytes});
    return id;
  }

  void remove(rio::BufferId id) {
    const std::lock_guard lock(mutex_);
    buffers_.erase(id);
  }

  // The memory of a slice; `error` is set where there is none.
  WSABUF find(const rio::Buffer& slice, int& error) {
    const std::lock_guard lock(mutex_);
    const auto found = buffers_.find(slice.id);
    if (found == buffers_.end()) {
      error = WSAEFAULT;
    } else if (std::uint64_t{slice.offset} + slice.length > found->second.bytes) {
      error = WSAEINVAL;
    } else {
      return {slice.length, found->second.data + slice.offset};
    }
    return {};
  }

 private:
  struct Registration {
    char* data;
    DWORD bytes;
  };
  std::mutex mutex_;
  std::unordered_map<rio::BufferId, Registration> buffers_;
  std::uintptr_t last_id_ = 0;
};

BufferRegistry& buffer_registry() {
  static BufferRegistry registry;
  return registry;
}

// ---- requests

// One request, its OVERLAPPED in front. Lives in its request queue's storage until that queue is gone.
struct Request : OVERLAPPED {
  Request* next = nullptr;
  EmulatedRq* queue = nullptr;
  WSABUF buffer{};
  void* context = nullptr;
  LONG status = 0;
  ULONG bytes = 0;
  bool send = false;
  bool notifies = false;
  bool issued = false;
  bool done = false;
};

// First in, first out, without allocating.
class RequestList {
 public:
  bool empty() const { return head_ == nullptr; }
  Request* front() const { return head_; }
  void push(Request& request) {
    request.next = nullptr;
    (head_ == nullptr ? head_ : tail_->next) = &request;
    tail_ = &request;
  }
  Request& pop() {
    Request& first = *head_;
    head_ = first.next;
    return first;
  }

 private:
  Request* head_ = nullptr;
  Request* tail_ = nullptr;
};

// One direction of a request queue.
struct Lane {
  ULONG limit = 0;
  ULONG outstanding = 0;  // from the request until its completion was dequeued
  RequestList in_order;   // not yet handed to the completion queue, deferred ones included
};

// The socket's peer (its own address where it has none): tells a socket from another that got the same handle
// later.
struct SocketIdentity {
  sockaddr_storage address{};
  int bytes = 0;

  friend bool operator==(const SocketIdentity& a, const SocketIdentity& b) {
    return a.bytes == b.bytes && std::memcmp(&a.address, &b.address, static_cast<std::size_t>(a.bytes)) == 0;
  }
};

int get_identity(SOCKET socket, SocketIdentity& identity) {
  auto* const address = reinterpret_cast<sockaddr*>(&identity.address);
  identity.bytes = sizeof(identity.address);
  if (getpeername(socket, address, &identity.bytes) == 0) return 0;
  const int error = WSAGetLastError();
  identity.bytes = 0;
  return error;
}

class EmulatedRq {
 public:
  EmulatedRq(EmulatedCq& cq, SOCKET socket, ULONG receives, ULONG sends, void* context)
      : completion_queue(cq), socket_(socket), context_(context) {
    get_identity(socket, identity_);
    resize(receives, sends);
  }

  EmulatedCq& completion_queue;

  ULONG charge() const { return closed_ ? 0 : receives_.limit + sends_.limit; }
  bool idle() const { return receives_.outstanding + sends_.outstanding == 0; }
  bool closed() const { return closed_; }
  void set_closed() { closed_ = true; }
  SOCKET socket() const { return socket_; }
  void* context() const { return context_; }
  bool fits(ULONG receives, ULONG sends) const {
    return receives_.outstanding <= receives && sends_.outstanding <= sends;
  }

  // The limits; the storage only grows, for the system may still write into any request's OVERLAPPED.
  void resize(ULONG receives, ULONG sends) {
    while (storage_.size() < std::size_t{receives} + sends) free_.push(storage_.emplace_back());
    receives_.limit = receives;
    sends_.limit = sends;
  }

  // closesocket tells nobody in user mode, so it is found out by asking when it matters.
  bool socket_is_gone() const {
    SocketIdentity now;
    const int error = get_identity(socket_, now);
    return error == WSAENOTSOCK || (error == 0 && identity_.bytes != 0 && !(now == identity_));
  }

  Lane& lane(bool send) { return send ? sends_ : receives_; }

  // Null where the limit is reached.
  Request* new_request(bool send) {
    Lane& to = lane(send);
    if (to.outstanding >= to.limit) return nullptr;
    Request& request = free_.pop();
    static_cast<OVERLAPPED&>(request) = {};
    request.queue = this;
    request.send = send;
    request.status = 0;
    request.bytes = 0;
    request.issued = false;
    request.done = false;
    ++to.outstanding;
    to.in_order.push(request);
    return &request;
  }

  void dequeued(Request& request) {
    --lane(request.send).outstanding;
    free_.push(request);
  }

 private:
  const SOCKET socket_;
  void* const context_;
  SocketIdentity identity_;
  Lane receives_;
  Lane sends_;
  std::deque<Request> storage_;  // grows without moving what is in flight
  RequestList free_;
  bool closed_ = false;
};

// ---- completion queues

// RIORESULT carries Winsock codes; a completion packet carries the NTSTATUS of the transport.
LONG winsock_status(ULONG_PTR internal) {
  constexpr std::uint32_t status_local_disconnect =
      0xC000013B;  // Windows: closesocket with the request pending
  constexpr std::uint32_t status_handles_closed = 0x8000000A;  // Wine: the same
  constexpr std::uint32_t status_cancelled = 0xC0000120;
  constexpr std::uint32_t status_remote_disconnect = 0xC000013C;
  constexpr std::uint32_t status_connection_reset = 0xC000020D;
  constexpr std::uint32_t status_connection_aborted = 0xC0000241;
  constexpr std::uint32_t status_io_timeout = 0xC00000B5;
  constexpr std::uint32_t status_buffer_overflow = 0x80000005;
  switch (static_cast<std::uint32_t>(internal)) {
    case 0:
      return 0;
    case status_local_disconnect:
    case status_handles_closed:
    case status_cancelled:
      return WSA_OPERATION_ABORTED;
    case status_remote_disconnect:
    case status_connection_reset:
      return WSAECONNRESET;
    case status_connection_aborted:
      return WSAECONNABORTED;
    case status_io_timeout:
      return WSAETIMEDOUT;
    case status_buffer_overflow:
      return WSAEMSGSIZE;
    default: {
      // The system's own mapping of what is left; it looks at the OVERLAPPED alone.
      OVERLAPPED finished{};
      finished.Internal = internal;
      DWORD bytes = 0;
      if (GetOverlappedResult(nullptr, &finished, &bytes, FALSE)) return 0;
      return static_cast<LONG>(GetLastError());
    }
  }
}

class EmulatedCq {
 public:
  // Throws std::bad_alloc or std::system_error where there is no port or no thread to be had.
  EmulatedCq(DWORD size, const rio::Notification* notification) : size_(size) {
    if (notification != nullptr) notification_ = *notification;
    port_ = CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 0);
    if (port_ == nullptr) throw std::bad_alloc();
    if (!notification_) return;
    try {
      watcher_ = std::thread([this] { watch(); });
    } catch (...) {
      CloseHandle(port_);
      throw;
    }
  }

  ~EmulatedCq() { CloseHandle(port_); }
  EmulatedCq(const EmulatedCq&) = delete;
  EmulatedCq& operator=(const EmulatedCq&) = delete;

  // False where requests could not be had back within the bound: the queue must then outlive them.
  bool shut_down() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
      wanted_.notify_one();
    }
    if (watcher_.joinable()) {
      PostQueuedCompletionStatus(port_, 0, 0, nullptr);
      watcher_.join();
    }
    const std::lock_guard lock(mutex_);
    for (const EmulatedRq& queue : queues_) {
      if (!queue.idle() && !queue.socket_is_gone()) {
        CancelIoEx(reinterpret_cast<HANDLE>(queue.socket()), nullptr);
      }
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (issued_ != 0 && std::chrono::steady_clock::now() < deadline) take_packets(100);
    return issued_ == 0;
  }

  // A request queue, or null with `error` set.
  EmulatedRq* create_queue(SOCKET socket, ULONG receives, ULONG sends, void* context, int& error) {
    const std::lock_guard lock(mutex_);
    if (!make_room(std::uint64_t{receives} + sends)) {
      error = WSAENOBUFS;
      return nullptr;
    }
    // One socket binds to one port, once: a second request queue on a socket ends here.
    if (CreateIoCompletionPort(reinterpret_cast<HANDLE>(socket), port_, 0, 0) == nullptr) {
      error = GetLastError() == ERROR_INVALID_HANDLE ? WSAENOTSOCK : WSAEINVAL;
      return nullptr;
    }
    EmulatedRq& queue = queues_.emplace_back(*this, socket, receives, sends, context);
    charged_ += queue.charge();
    return &queue;
  }

  int resize_queue(EmulatedRq& queue, ULONG receives, ULONG sends) {
    const std::lock_guard lock(mutex_);
    if (!queue.fits(receives, sends)) return WSAETOOMANYREFS;
    const ULONG before = queue.charge();
    const std::uint64_t after = std::uint64_t{receives} + sends;
    if (after > before && !make_room(after - before)) return WSAENOBUFS;
    queue.resize(receives, sends);
    charged_ += after - before;
    return 0;
  }

  int resize(DWORD size) {
    const std::lock_guard lock(mutex_);
    if (size < charged_) make_room(size_ - size);
    if (size < charged_ || size < ready_count_) return WSAETOOMANYREFS;
    size_ = size;
    return 0;
  }

  int post(EmulatedRq& queue, bool send, WSABUF buffer, DWORD flags, void* context) {
    const std::lock_guard lock(mutex_);
    Request* const request = queue.new_request(send);
    if (request == nullptr) return WSAENOBUFS;
    request->buffer = buffer;
    request->context = context;
    request->notifies = (flags & rio::dont_notify) == 0;
    if ((flags & rio::defer) == 0) issue_deferred(queue, send);
    return 0;
  }

  void commit(EmulatedRq& queue, bool send) {
    const std::lock_guard lock(mutex_);
    issue_deferred(queue, send);
  }

  ULONG dequeue(rio::Result* results, ULONG size) {
    const std::lock_guard lock(mutex_);
    if (failed_) return rio::corrupt_completion_queue;
    if (ready_count_ < size) take_packets(0);
    ULONG count = 0;
    for (; count < size && !ready_.empty(); ++count) {
      Request& request = ready_.pop();
      --ready_count_;
      if (request.notifies) --ready_notifying_;
      EmulatedRq& queue = *request.queue;
      results[count] = {request.status, request.bytes, reinterpret_cast<ULONGLONG>(queue.context()),
                        reinterpret_cast<ULONGLONG>(request.context)};
      queue.dequeued(request);
    }
    return count;
  }

  INT notify() {
    const std::lock_guard lock(mutex_);
    if (!notification_) return WSAEINVAL;
    if (armed_) return WSAEALREADY;
    if (notification_->type == rio::NotificationType::event && notification_->event.notify_reset) {
      ResetEvent(notification_->event.handle);
    }
    armed_ = true;
    take_packets(0);
    if (armed_ && ready_notifying_ != 0) fire();
    if (armed_) wanted_.notify_one();
    return 0;
  }

 private:
  // The thread behind RIONotify.
  void watch() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wanted_.wait(lock, [this] { return armed_ || closing_; });
      if (closing_) return;
      lock.unlock();
      Packets packets;
      const bool waited = packets.take(port_, INFINITE);
      lock.lock();
      if (!waited) {
        failed_ = true;
        fire();
        return;
      }
      complete(packets);
    }
  }

  struct Packets {
    OVERLAPPED_ENTRY entries[64];
    ULONG count = 0;

    bool take(HANDLE port, DWORD timeout_ms) {
      count = 0;
      return GetQueuedCompletionStatusEx(port, entries, static_cast<ULONG>(std::size(entries)), &count,
                                         timeout_ms, FALSE) != 0;
    }
  };

  // What the port holds; waits only for the first packets.
  void take_packets(DWORD timeout_ms) {
    for (Packets packets; packets.take(port_, timeout_ms); timeout_ms = 0) {
      complete(packets);
      if (packets.count < std::size(packets.entries)) return;
    }
  }

  void complete(const Packets& packets) {
    for (ULONG i = 0; i < packets.count; ++i) {
      const OVERLAPPED_ENTRY& entry = packets.entries[i];
      if (entry.lpOverlapped == nullptr) continue;  // only wakes the watcher
      auto& request = *static_cast<Request*>(entry.lpOverlapped);
      --issued_;
      complete(request, winsock_status(request.Internal), entry.dwNumberOfBytesTransferred);
    }
  }

  void complete(Request& request, LONG status, ULONG bytes) {
    request.done = true;
    request.status = status;
    request.bytes = bytes;
    RequestList& in_order = request.queue->lane(request.send).in_order;
    while (!in_order.empty() && in_order.front()->done) {
      Request& next = in_order.pop();
      ready_.push(next);
      ++ready_count_;
      if (!next.notifies) continue;
      ++ready_notifying_;
      if (armed_) fire();
    }
  }

  void fire() {
    armed_ = false;
    if (notification_->type == rio::NotificationType::event) {
      SetEvent(notification_->event.handle);
    } else {
      PostQueuedCompletionStatus(notification_->iocp.handle, 0,
                                 reinterpret_cast<ULONG_PTR>(notification_->iocp.completion_key),
                                 static_cast<OVERLAPPED*>(notification_->iocp.overlapped));
    }
  }

  void issue_deferred(EmulatedRq& queue, bool send) {
    Request* next = nullptr;
    for (Request* request = queue.lane(send).in_order.front(); request != nullptr; request = next) {
      next = request->next;  // a request that fails at once may leave the lane
      if (!request->issued) issue(queue, *request);
    }
  }

  // The request was accepted, so whatever becomes of it is told by its completion.
  void issue(EmulatedRq& queue, Request& request) {
    request.issued = true;
    ++issued_;
    DWORD flags = 0;
    const int result = request.send
                           ? WSASend(queue.socket(), &request.buffer, 1, nullptr, 0, &request, nullptr)
                           : WSARecv(queue.socket(), &request.buffer, 1, nullptr, &flags, &request, nullptr);
    if (result == 0) return;
    const int error = WSAGetLastError();
    if (error == WSA_IO_PENDING) return;
    --issued_;
    complete(request, error == WSAENOTSOCK ? WSA_OPERATION_ABORTED : error, 0);
  }

  // Finds out about closed sockets, whose charge comes back, where `wanted` more entries are not free; first
  // those with nothing outstanding, for a queue in use nearly always has its socket open.
  bool make_room(std::uint64_t wanted) {
    if (free_entries() >= wanted) return true;
    queues_.remove_if([this](const EmulatedRq& queue) {
      if (!queue.idle() || !(queue.closed() || queue.socket_is_gone())) return false;
      charged_ -= queue.charge();
      return true;
    });
    if (free_entries() >= wanted) return true;
    for (EmulatedRq& queue : queues_) {
      if (queue.closed() || !queue.socket_is_gone()) continue;
      charged_ -= queue.charge();
      queue.set_closed();  // removed when its completions have been dequeued
    }
    return free_entries() >= wanted;
  }

  std::uint64_t free_entries() const { return size_ > charged_ ? size_ - charged_ : 0; }

  std::mutex mutex_;
  HANDLE port_ = nullptr;
  std::optional<rio::Notification> notification_;
  std::uint64_t size_;
  std::uint64_t charged_ = 0;  // sum of the request queues' limits
  std::list<EmulatedRq> queues_;
  std::uint64_t issued_ = 0;  // requests that the system has
  RequestList ready_;         // completed, not dequeued
  std::uint64_t ready_count_ = 0;
  std::uint64_t ready_notifying_ = 0;  // those without dont_notify
  bool armed_ = false;
  bool closing_ = false;
  bool failed_ = false;
  std::condition_variable wanted_;  // armed_ or closing_
  std::thread watcher_;
};

// ---- the table

EmulatedCq* object(rio::CompletionQueue handle) {
  return reinterpret_cast<EmulatedCq*>(handle);
}
EmulatedRq* object(rio::RequestQueue handle) {
  return reinterpret_cast<EmulatedRq*>(handle);
}

// FALSE with the last error set, or TRUE.
BOOL answer(int error) {
  if (error == 0) return TRUE;
  WSASetLastError(error);
  return FALSE;
}

int request(rio::RequestQueue handle, bool send, const rio::Buffer* data, ULONG buffers, DWORD flags,
            void* context) {
  constexpr DWORD known = rio::dont_notify | rio::defer | rio::wait_all | rio::commit_only;
  if (handle == rio::invalid_request_queue || (flags & ~known) != 0) return WSAEINVAL;
  EmulatedRq& queue = *object(handle);
  if ((flags & rio::commit_only) != 0) {
    if (flags != rio::commit_only || data != nullptr || buffers != 0 || context != nullptr) return WSAEINVAL;
    queue.completion_queue.commit(queue, send);
    return 0;
  }
  if ((flags & rio::wait_all) != 0) return send ? WSAEINVAL : WSAEOPNOTSUPP;
  if (data == nullptr && buffers == 0) return WSAEOPNOTSUPP;
  if (data == nullptr || buffers != rio::max_buffers_per_request) return WSAEINVAL;
  int error = 0;
  const WSABUF memory = buffer_registry().find(*data, error);
  return error != 0 ? error : queue.completion_queue.post(queue, send, memory, flags, context);
}

BOOL WINAPI receive(rio::RequestQueue queue, rio::Buffer* data, ULONG buffers, DWORD flags, void* context) {
  return answer(request(queue, false, data, buffers, flags, context));
}

BOOL WINAPI send(rio::RequestQueue queue, rio::Buffer* data, ULONG buffers, DWORD flags, void* context) {
  return answer(request(queue, true, data, buffers, flags, context));
}

int WINAPI receive_ex(rio::RequestQueue queue, rio::Buffer* data, ULONG buffers, rio::Buffer* local,
                      rio::Buffer* remote, rio::Buffer* control, rio::Buffer* flags_out, DWORD flags,
                      void* context) {
  if (local || remote || control || flags_out) return answer(WSAEOPNOTSUPP);
  return receive(queue, data, buffers, flags, context);
}

BOOL WINAPI send_ex(rio::RequestQueue queue, rio::Buffer* data, ULONG buffers, rio::Buffer* local,
                    rio::Buffer* remote, rio::Buffer* control, rio::Buffer* flags_out, DWORD flags,
                    void* context) {
  if (local || remote || control || flags_out) return answer(WSAEOPNOTSUPP);
  return send(queue, data, buffers, flags, context);
}

void WINAPI close_completion_queue(rio::CompletionQueue handle) {
  if (handle == rio::invalid_completion_queue) return;
  std::unique_ptr<EmulatedCq> queue(object(handle));
  // A request that does not come back may still be written to by the system: better lost memory than lost
  // data.
  if (!queue->shut_down()) static_cast<void>(queue.release());
}

int check_notification(const rio::Notification& notification) {
  switch (notification.type) {
    case rio::NotificationType::event:
      return notification.event.handle == nullptr ? WSAEINVAL : 0;
    case rio::NotificationType::iocp:
      return notification.iocp.handle == nullptr || notification.iocp.overlapped == nullptr ? WSAEINVAL : 0;
  }
  return WSAEINVAL;
}

rio::CompletionQueue WINAPI create_completion_queue(DWORD size, rio::Notification* notification) {
  int error = notification == nullptr ? 0 : check_notification(*notification);
  if (size < 1 || size > rio::max_completion_queue_size) error = WSAEINVAL;
  if (error == 0) {
    try {
      return reinterpret_cast<rio::CompletionQueue>(
          std::make_unique<EmulatedCq>(size, notification).release());
    } catch (const std::exception&) {
      error = WSAENOBUFS;
    }
  }
  WSASetLastError(error);
  return rio::invalid_completion_queue;
}

rio::RequestQueue WINAPI create_request_queue(SOCKET socket, ULONG receives, ULONG receive_buffers,
                                              ULONG sends, ULONG send_buffers,
                                              rio::CompletionQueue receive_queue,
                                              rio::CompletionQueue send_queue, void* context) {
  int error = 0;
  if (receive_queue == rio::invalid_completion_queue || send_queue == rio::invalid_completion_queue ||
      (receives == 0 && sends == 0) || receive_buffers != rio::max_buffers_per_request ||
      send_buffers != rio::max_buffers_per_request) {
    error = WSAEINVAL;
  } else if (receive_queue != send_queue && receives != 0 && sends != 0) {
    error = WSAEOPNOTSUPP;  // one socket binds to one completion port
  } else {
    try {
      EmulatedCq& queue = *object(receives != 0 ? receive_queue : send_queue);
      if (EmulatedRq* const made = queue.create_queue(socket, receives, sends, context, error)) {
        return reinterpret_cast<rio::RequestQueue>(made);
      }
    } catch (const std::bad_alloc&) {
      error = WSAENOBUFS;
    }
  }
  WSASetLastError(error);
  return rio::invalid_request_queue;
}

ULONG WINAPI dequeue_completion(rio::CompletionQueue queue, rio::Result* results, ULONG size) {
  if (queue == rio::invalid_completion_queue) return rio::corrupt_completion_queue;
  return object(queue)->dequeue(results, size);
}

INT WINAPI notify(rio::CompletionQueue queue) {
  return queue == rio::invalid_completion_queue ? WSAEINVAL : object(queue)->notify();
}

rio::BufferId WINAPI register_buffer(char* data, DWORD bytes) {
  int error = data == nullptr ? WSAEFAULT : bytes == 0 ? WSAEINVAL : 0;
  if (error == 0) {
    try {
      return buffer_registry().add(data, bytes);
    } catch (const std::bad_alloc&) {
      error = WSAENOBUFS;
    }
  }
  WSASetLastError(error);
  return rio::invalid_buffer_id;
}

void WINAPI deregister_buffer(rio::BufferId id) {
  buffer_registry().remove(id);
}

BOOL WINAPI resize_completion_queue(rio::CompletionQueue queue, DWORD size) {
  if (queue == rio::invalid_completion_queue || size < 1 || size > rio::max_completion_queue_size) {
    return answer(WSAEINVAL);
  }
  return answer(object(queue)->resize(size));
}

BOOL WINAPI resize_request_queue(rio::RequestQueue handle, DWORD receives, DWORD sends) {
  if (handle == rio::invalid_request_queue || (receives == 0 && sends == 0)) return answer(WSAEINVAL);
  EmulatedRq& queue = *object(handle);
  try {
    return answer(queue.completion_queue.resize_queue(queue, receives, sends));
  } catch (const std::bad_alloc&) {
    return answer(WSAENOBUFS);
  }
}

}  // namespace

RioProvider emulated_rio() {
  RioProvider provider;
  provider.functions = {sizeof(rio::FunctionTable),
                        receive,
                        receive_ex,
                        send,
                        send_ex,
                        close_completion_queue,
                        create_completion_queue,
                        create_request_queue,
                        dequeue_completion,
                        deregister_buffer,
                        notify,
                        register_buffer,
                        resize_completion_queue,
                        resize_request_queue};
  provider.emulated = true;
  provider.remark = "emulated";
  return provider;
}

}  // namespace recvbench
