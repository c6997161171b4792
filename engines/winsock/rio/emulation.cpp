// The function table of the emulation: arguments checked as documented, then handed to the queues.
#include "engines/winsock/rio/emulation.h"

#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <system_error>
#include <unordered_map>

#include "engines/winsock/rio/emulated_completion_queue.h"

namespace recvbench {
namespace {

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

// What a request of any of the four kinds is called with.
struct Call {
  rio::RequestQueue queue;
  bool send;
  const rio::Buffer* data;
  ULONG buffers;
  const rio::Buffer* local;
  const rio::Buffer* remote;
  const rio::Buffer* control;
  const rio::Buffer* flags_out;
  DWORD flags;
  void* context;

  bool has_details() const { return local || remote || control || flags_out; }
  bool is_plain_commit() const {
    return flags == rio::commit_only && !data && buffers == 0 && !has_details() && !context;
  }
};

// A slice to return a detail in; null where none is asked for.
template <class Detail>
Detail* detail(const rio::Buffer* slice, std::size_t least, int& error) {
  if (slice == nullptr || error != 0) return nullptr;
  const WSABUF memory = buffer_registry().find(*slice, error);
  if (error == 0 && memory.len < least) error = WSAEINVAL;
  return error == 0 ? reinterpret_cast<Detail*>(memory.buf) : nullptr;
}

// What can be said without the queue's lock.
int check(const Call& call, const EmulatedRq& queue) {
  const bool datagram = queue.socket().is_datagram();
  if (call.send && (call.flags & rio::wait_all) != 0) return WSAEINVAL;
  if (datagram && (call.flags & rio::wait_all) != 0) return WSAEOPNOTSUPP;
  if (call.send && (call.data == nullptr || call.has_details())) return WSAEOPNOTSUPP;
  if (call.data == nullptr) return call.buffers == 0 && datagram ? 0 : WSAEINVAL;
  return call.buffers == rio::max_buffers_per_request ? 0 : WSAEINVAL;
}

int request(const Call& call) {
  constexpr DWORD known = rio::dont_notify | rio::defer | rio::wait_all | rio::commit_only;
  if (call.queue == rio::invalid_request_queue || (call.flags & ~known) != 0) return WSAEINVAL;
  EmulatedRq& queue = *object(call.queue);
  if ((call.flags & rio::commit_only) != 0) {
    if (!call.is_plain_commit()) return WSAEINVAL;
    queue.completion_queue.commit(queue, call.send);
    return 0;
  }
  int error = check(call, queue);
  if (error != 0) return error;
  EmulatedArguments arguments;
  arguments.send = call.send;
  arguments.flags = call.flags;
  arguments.context = call.context;
  if (call.data != nullptr) arguments.buffer = buffer_registry().find(*call.data, error);
  EmulatedDetails& details = arguments.details;
  details.local = detail<SOCKADDR_INET>(call.local, sizeof(SOCKADDR_INET), error);
  details.remote = detail<SOCKADDR_INET>(call.remote, sizeof(SOCKADDR_INET), error);
  details.control = detail<rio::ControlBuffer>(call.control, rio::control_base_size, error);
  details.control_bytes = call.control != nullptr ? call.control->length : 0;
  details.flags = detail<ULONG>(call.flags_out, sizeof(ULONG), error);
  return error != 0 ? error : queue.completion_queue.post(queue, arguments);
}

BOOL WINAPI receive(rio::RequestQueue queue, rio::Buffer* data, ULONG buffers, DWORD flags, void* context) {
  return answer(request({queue, false, data, buffers, nullptr, nullptr, nullptr, nullptr, flags, context}));
}

BOOL WINAPI send(rio::RequestQueue queue, rio::Buffer* data, ULONG buffers, DWORD flags, void* context) {
  return answer(request({queue, true, data, buffers, nullptr, nullptr, nullptr, nullptr, flags, context}));
}

int WINAPI receive_ex(rio::RequestQueue queue, rio::Buffer* data, ULONG buffers, rio::Buffer* local,
                      rio::Buffer* remote, rio::Buffer* control, rio::Buffer* flags_out, DWORD flags,
                      void* context) {
  return answer(request({queue, false, data, buffers, local, remote, control, flags_out, flags, context}));
}

BOOL WINAPI send_ex(rio::RequestQueue queue, rio::Buffer* data, ULONG buffers, rio::Buffer* local,
                    rio::Buffer* remote, rio::Buffer* control, rio::Buffer* flags_out, DWORD flags,
                    void* context) {
  return answer(request({queue, true, data, buffers, local, remote, control, flags_out, flags, context}));
}

void WINAPI close_completion_queue(rio::CompletionQueue handle) {
  if (handle == rio::invalid_completion_queue) return;
  std::unique_ptr<EmulatedCq> queue(object(handle));
  // The system may still write to a request that did not come back: memory is lost rather than overwritten.
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
    } catch (const std::system_error& unusable) {
      error = unusable.code().value();
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
