// The round trip below which no engine can get here: a bare blocking echo between two threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "harness/doctor/clock_check.h"

namespace recvbench {

struct LoopbackFloor {
  std::size_t size_bytes = 0;
  std::optional<TimeSpread> one_cpu;  // both threads pinned to one; empty where the system refuses
  TimeSpread unpinned;
};

// TCP over IPv4, one message under way. At most 20,000 round trips and `limit` for each of the two, at least
// 100. Throws std::system_error.
LoopbackFloor measure_loopback(std::size_t size_bytes, std::chrono::milliseconds limit);

}  // namespace recvbench
