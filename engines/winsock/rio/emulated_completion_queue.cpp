// Completion ports behind emulated completion queues.
#include "engines/winsock/rio/emulated_completion_queue.h"

#include <windows.h>

#include <chrono>
#include <iterator>
#include <new>

namespace recvbench {
namespace {

// RIORESULT carries Winsock codes; a completion packet carries the NTSTATUS of the transport.
LONG winsock_status(ULONG_PTR internal) {
  constexpr std::uint32_t status_local_disconnect = 0xC000013B;  // closesocket under a request: Windows
  constexpr std::uint32_t status_handles_closed = 0x8000000A;    // closesocket under a request: Wine
  constexpr std::uint32_t status_cancelled = 0xC0000120;
  constexpr std::uint32_t status_remote_disconnect = 0xC000013C;
  constexpr std::uint32_t status_connection_reset = 0xC000020D;
  constexpr std::uint32_t status_port_unreachable = 0xC000023F;  // of an earlier datagram of ours
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
    case status_port_unreachable:
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

HANDLE new_port() {
  const HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 0);
  if (port == nullptr) throw std::bad_alloc();
  return port;
}

// One call on a queue that takes one call at a time.
class Use {
 public:
  explicit Use(std::atomic<bool>& in_use) : in_use_(in_use), alone_(!in_use.exchange(true)) {}
  ~Use() {
    if (alone_) in_use_ = false;
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  bool alone() const { return alone_; }

 private:
  std::atomic<bool>& in_use_;
  const bool alone_;
};

}  // namespace

struct EmulatedCq::Packets {
  OVERLAPPED_ENTRY entries[64];
  ULONG count = 0;

  bool take(HANDLE port, DWORD timeout_ms) {
    count = 0;
    return GetQueuedCompletionStatusEx(port, entries, static_cast<ULONG>(std::size(entries)), &count,
                                       timeout_ms, FALSE) != 0;
  }
};

EmulatedCq::EmulatedCq(DWORD size, const rio::Notification* notification) : port_(new_port()), size_(size) {
  if (notification == nullptr) return;
  notification_ = *notification;
  try {
    watcher_ = std::thread([this] { watch(); });
  } catch (...) {
    CloseHandle(port_);
    throw;
  }
}

EmulatedCq::~EmulatedCq() {
  CloseHandle(port_);
}

bool EmulatedCq::shut_down() {
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
    if (!queue.idle() && !queue.socket().is_gone()) {
      CancelIoEx(reinterpret_cast<HANDLE>(queue.socket().native()), nullptr);
    }
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (issued_ != 0 && std::chrono::steady_clock::now() < deadline) take_packets(100);
  return issued_ == 0;
}

EmulatedRq* EmulatedCq::create_queue(SOCKET socket, ULONG receives, ULONG sends, void* context, int& error) {
  const std::lock_guard lock(mutex_);
  if (!make_room(std::uint64_t{receives} + sends)) {
    error = WSAENOBUFS;
    return nullptr;
  }
  EmulatedRq& queue = queues_.emplace_back(*this, socket, receives, sends, context);
  // One socket binds to one port, once: a second request queue on a socket ends here.
  if (CreateIoCompletionPort(reinterpret_cast<HANDLE>(socket), port_, 0, 0) == nullptr) {
    error = WSAEINVAL;
    queues_.pop_back();
    return nullptr;
  }
  charged_ += queue.charge();
  return &queue;
}

int EmulatedCq::resize_queue(EmulatedRq& queue, ULONG receives, ULONG sends) {
  const std::lock_guard lock(mutex_);
  if (!queue.fits(receives, sends)) return WSAETOOMANYREFS;
  const ULONG before = queue.charge();
  const std::uint64_t after = std::uint64_t{receives} + sends;
  if (after > before && !make_room(after - before)) return WSAENOBUFS;
  queue.resize(receives, sends);
  charged_ += after - before;
  return 0;
}

int EmulatedCq::resize(DWORD size) {
  const Use use(in_use_);
  const std::lock_guard lock(mutex_);
  if (!use.alone()) fail();
  if (failed_) return WSAEINVAL;
  if (size < charged_) make_room(size_ - size);
  if (size < charged_ || size < ready_count_) return WSAETOOMANYREFS;
  size_ = size;
  return 0;
}

int EmulatedCq::post(EmulatedRq& queue, const EmulatedArguments& arguments) {
  const Use use(queue.in_use);
  const std::lock_guard lock(mutex_);
  if (!use.alone()) fail();
  if (failed_) return WSAEINVAL;
  if (queue.new_request(arguments) == nullptr) return WSAENOBUFS;
  if ((arguments.flags & rio::defer) != 0) return 0;
  queue.lane(arguments.send).commit();
  issue_committed(queue, arguments.send);
  return 0;
}

void EmulatedCq::commit(EmulatedRq& queue, bool send) {
  const std::lock_guard lock(mutex_);
  queue.lane(send).commit();
  issue_committed(queue, send);
}

ULONG EmulatedCq::dequeue(rio::Result* results, ULONG size) {
  const Use use(in_use_);
  const std::lock_guard lock(mutex_);
  if (!use.alone()) fail();
  if (failed_) return rio::corrupt_completion_queue;
  if (ready_count_ < size) take_packets(0);
  ULONG count = 0;
  for (; count < size && !ready_.empty(); ++count) {
    EmulatedRequest& request = ready_.pop();
    --ready_count_;
    if (request.notifies) --ready_notifying_;
    EmulatedRq& queue = *request.queue;
    results[count] = {request.status, request.bytes, reinterpret_cast<ULONGLONG>(queue.context()),
                      reinterpret_cast<ULONGLONG>(request.context)};
    queue.dequeued(request);
  }
  return count;
}

INT EmulatedCq::notify() {
  const Use use(in_use_);
  const std::lock_guard lock(mutex_);
  if (!use.alone()) fail();
  if (!notification_ || failed_) return WSAEINVAL;
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

// The thread behind RIONotify.
void EmulatedCq::watch() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wanted_.wait(lock, [this] { return armed_ || closing_; });
    if (closing_) return;
    lock.unlock();
    Packets packets;
    const bool waited = packets.take(port_, INFINITE);
    lock.lock();
    if (!waited) return fail();
    complete(packets);
  }
}

// What the port holds; waits only for the first packets.
void EmulatedCq::take_packets(DWORD timeout_ms) {
  for (Packets packets; packets.take(port_, timeout_ms); timeout_ms = 0) {
    complete(packets);
    if (packets.count < std::size(packets.entries)) return;
  }
}

void EmulatedCq::complete(const Packets& packets) {
  for (ULONG i = 0; i < packets.count; ++i) {
    const OVERLAPPED_ENTRY& entry = packets.entries[i];
    if (entry.lpOverlapped == nullptr) continue;  // only wakes the watcher
    auto& request = *static_cast<EmulatedRequest*>(entry.lpOverlapped);
    --issued_;
    complete(request, winsock_status(request.Internal), entry.dwNumberOfBytesTransferred);
  }
}

void EmulatedCq::complete(EmulatedRequest& request, LONG status, ULONG bytes) {
  EmulatedRq& queue = *request.queue;
  request.bytes += bytes;
  if (request.waits_for_all && status == 0 && bytes != 0 && bytes < request.buffer.len) {
    request.buffer.buf += bytes;
    request.buffer.len -= bytes;
    return issue(request);
  }
  request.done = true;
  request.status = status;
  if (!request.send) queue.socket().write_details(request, status);
  EmulatedLane& lane = queue.lane(request.send);
  while (!lane.in_order.empty() && lane.in_order.front()->done) {
    EmulatedRequest& next = lane.in_order.pop();
    ready_.push(next);
    ++ready_count_;
    if (!next.notifies) continue;
    ++ready_notifying_;
    if (armed_) fire();
  }
  lane.finished(request);
  issue_committed(queue, request.send);
}

void EmulatedCq::fire() {
  armed_ = false;
  if (notification_->type == rio::NotificationType::event) {
    SetEvent(notification_->event.handle);
  } else {
    PostQueuedCompletionStatus(notification_->iocp.handle, 0,
                               reinterpret_cast<ULONG_PTR>(notification_->iocp.completion_key),
                               static_cast<OVERLAPPED*>(notification_->iocp.overlapped));
  }
}

// Whoever waits for a notification will find out at the next RIODequeueCompletion.
void EmulatedCq::fail() {
  failed_ = true;
  if (armed_) fire();
}

void EmulatedCq::issue_committed(EmulatedRq& queue, bool send) {
  while (EmulatedRequest* const request = queue.lane(send).next_to_issue()) issue(*request);
}

// The request was accepted, so whatever becomes of it is told by its completion.
void EmulatedCq::issue(EmulatedRequest& request) {
  static_cast<OVERLAPPED&>(request) = {};
  ++issued_;
  EmulatedSocket& socket = request.queue->socket();
  const int error = request.send ? socket.send(request) : socket.receive(request);
  if (error == 0) return;
  --issued_;
  complete(request, error == WSAENOTSOCK ? WSA_OPERATION_ABORTED : error, 0);
}

// Finds out about closed sockets, whose charge comes back, where `wanted` more entries are not free; first
// those with nothing outstanding, for a queue in use nearly always has its socket open.
bool EmulatedCq::make_room(std::uint64_t wanted) {
  if (free_entries() >= wanted) return true;
  queues_.remove_if([this](const EmulatedRq& queue) {
    if (!queue.idle() || !(queue.closed() || queue.socket().is_gone())) return false;
    charged_ -= queue.charge();
    return true;
  });
  if (free_entries() >= wanted) return true;
  for (EmulatedRq& queue : queues_) {
    if (queue.closed() || !queue.socket().is_gone()) continue;
    charged_ -= queue.charge();
    queue.set_closed();  // removed when its completions have been dequeued
  }
  return free_entries() >= wanted;
}

}  // namespace recvbench
