// Intended send times of an open-loop load: each pattern's arrival process, generated independently of what
// becomes of the messages. Pure: no clock; the same plan gives the same times.
#pragma once

#include <cstdint>
#include <memory>

#include "loadgen/load_plan.h"

namespace recvbench {

struct Arrival {
  std::uint64_t offset_ns;  // from the begin of the load
  std::uint32_t own_index;  // of the connection among the worker's own

  bool operator==(const Arrival&) const = default;
};

// The messages of one worker thread in the order they fall due. It goes on beyond the load's end, or ends
// with arrivals that never come (the highest offset).
class ArrivalProcess {
 public:
  virtual ~ArrivalProcess() = default;
  ArrivalProcess(const ArrivalProcess&) = delete;
  ArrivalProcess& operator=(const ArrivalProcess&) = delete;

  // Never before the one it gave last. Does not allocate.
  virtual Arrival next() = 0;

 protected:
  ArrivalProcess() = default;
};

// Worker w of plan.threads owns the connections w, w + threads, w + 2 threads, ... The workers' processes
// together are the plan's. Mode open; worker < threads <= connections.
std::unique_ptr<ArrivalProcess> make_arrivals(const LoadPlan& plan, std::uint32_t worker);

}  // namespace recvbench
