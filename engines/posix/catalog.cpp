// The engines of POSIX systems, one line each, and those that exist on Windows only.
#include "engines/catalog.h"

#include <array>

#include "engines/nonblocking_spin.h"
#include "engines/platform_catalog.h"
#include "engines/posix/engines.h"

namespace recvbench {

std::span<const EngineDescriptor> platform_engines() {
  static const std::array engines{
      blocking_engine(), nonblocking_spin_engine(), select_engine(), poll_engine(), epoll_engine(),
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
      ForeignEngine{"rio", "RIOReceive + RIODequeueCompletion", "windows"},
  };
  return engines;
}

}  // namespace recvbench
