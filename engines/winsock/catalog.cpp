// The engines of Windows, one line each, and those that exist on other systems only.
#include "engines/catalog.h"

#include <array>

#include "engines/asio.h"
#include "engines/nonblocking_spin.h"
#include "engines/platform_catalog.h"
#include "engines/winsock/afd/engine.h"
#include "engines/winsock/engines.h"
#include "engines/winsock/rio/engine.h"
#include "engines/winsock/notifications/engine.h"

namespace recvbench {

std::span<const EngineDescriptor> platform_engines() {
  static const std::array engines{
      blocking_engine(),              // a thread per connection
      nonblocking_spin_engine(),      // no waiting
      select_engine(),                // readiness, a set
      wsapoll_engine(),               // readiness, an array
      event_select_engine(),          // readiness by events
      async_select_engine(),          // readiness by window messages
      overlapped_event_engine(),      // completions by events
      completion_routine_engine(),    // completions by calls
      iocp_engine(),                  // completions by a queue
      threadpool_io_engine(),         // completions by calls of the system's threads
      socket_notifications_engine(),  // readiness by a queue
      afd_poll_engine(),              // readiness by a queue, from the driver
      rio_engine(),                   // completions by a queue in shared memory
      asio_engine(),                  // a framework over completion ports
  };
  return engines;
}

std::span<const ForeignEngine> foreign_engines() {
  static constexpr std::array engines{
      ForeignEngine{"poll", "poll + recv", "linux"},
      ForeignEngine{"epoll", "epoll_wait + recv", "linux"},
      ForeignEngine{"io_uring", "IORING_OP_RECV + io_uring_enter", "linux"},
  };
  return engines;
}

}  // namespace recvbench
