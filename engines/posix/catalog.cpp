// The engines of POSIX systems, one line each, and those that exist on Windows only.
#include "engines/catalog.h"

#include <array>

#include "engines/asio.h"
#include "engines/nonblocking_spin.h"
#include "engines/platform_catalog.h"
#include "engines/posix/engines.h"

namespace recvbench {

std::span<const EngineDescriptor> platform_engines() {
  static const std::array engines{
      blocking_engine(),          // a thread per connection
      nonblocking_spin_engine(),  // no waiting
      select_engine(),            // readiness, a set
      poll_engine(),              // readiness, an array
      epoll_engine(),             // readiness, kept by the kernel
      io_uring_engine(),          // completions by a queue in shared memory
      asio_engine(),              // a framework over epoll
  };
  return engines;
}

std::span<const ForeignEngine> foreign_engines() {
  static constexpr std::array engines{
      ForeignEngine{"wsapoll", "WSAPoll + recv", "windows"},
      ForeignEngine{"event-select", "WSAEventSelect + WSAWaitForMultipleEvents + recv", "windows"},
      ForeignEngine{"async-select", "WSAAsyncSelect + GetMessage + recv", "windows"},
      ForeignEngine{"overlapped-event", "WSARecv + WSAWaitForMultipleEvents", "windows"},
      ForeignEngine{"completion-routine", "WSARecv with a completion routine + SleepEx", "windows"},
      ForeignEngine{"iocp", "WSARecv + GetQueuedCompletionStatus", "windows"},
      ForeignEngine{"threadpool-io", "StartThreadpoolIo + WSARecv, called back by a thread pool", "windows"},
      ForeignEngine{"socket-notifications", "ProcessSocketNotifications + recv", "windows"},
      ForeignEngine{"afd-poll", "IOCTL_AFD_POLL + GetQueuedCompletionStatusEx + recv", "windows"},
      ForeignEngine{"rio", "RIOReceive + RIODequeueCompletion", "windows"},
  };
  return engines;
}

}  // namespace recvbench
