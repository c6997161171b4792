// A UDP socket whose datagrams come with the time at which the kernel took them: what a receiver's own delay
// cannot change. Linux.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "platform/socket.h"

namespace recvbench {

class StampedSocket {
 public:
  // Bound to 127.0.0.1 at this port; 0 = one that the system chooses. Throws std::system_error.
  explicit StampedSocket(std::uint16_t port);
  std::uint16_t port() const;

  // The kernel's time (CLOCK_REALTIME, ns) of every datagram longer than `longer_than` bytes, in the order of
  // arrival, until nothing has come for `quiet` after the first, or `limit` is over. Throws
  // std::system_error.
  std::vector<std::uint64_t> receive_times(std::size_t longer_than, std::chrono::milliseconds quiet,
                                           std::chrono::milliseconds limit);

 private:
  Socket socket_;
};

}  // namespace recvbench
