// What one thread makes readable so that another's select, poll, epoll_wait or WSAPoll returns: those calls
// wait for sockets and descriptors and for nothing else.
#pragma once

#include "platform/socket.h"

namespace recvbench {

class Waker {
 public:
  // Throws std::system_error.
  Waker();
  ~Waker();
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  NativeSocket native() const noexcept { return native_; }
  // Any thread. Readable from now until clear().
  void signal() noexcept;
  // The waiting thread.
  void clear() noexcept;

 private:
  NativeSocket native_;
};

}  // namespace recvbench
