// An eventfd: what one thread writes to so that another's select, poll or epoll_wait returns.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "platform/error.h"

namespace recvbench {

class EventFd {
 public:
  EventFd() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (descriptor_ < 0) throw_error(last_system_error(), "eventfd");
  }
  ~EventFd() { ::close(descriptor_); }
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;

  int descriptor() const { return descriptor_; }

  // Any thread. Readable from now until clear(). The write can only fail with EAGAIN, at 2^64 - 2 signals not
  // yet cleared: it is readable then as well.
  void signal() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
  }

  void clear() noexcept {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto read = ::read(descriptor_, &count, sizeof count);
  }

 private:
  const int descriptor_;
};

}  // namespace recvbench
