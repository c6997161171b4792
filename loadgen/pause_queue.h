// Connections that pause, the one whose pause ends first in front. Pauses that all take as long end in the
// order in which they begin, so that a ring does for a timer queue. Never allocates after construction. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "loadgen/fixed_ring.h"

namespace recvbench {

class PauseQueue {
 public:
  static constexpr std::uint64_t never = ~std::uint64_t{0};

  struct Pause {
    std::uint64_t end_ns;
    std::size_t index;  // of the connection
  };

  explicit PauseQueue(std::size_t most) : pauses_(most) {}

  // When the first pause ends; `never` where none is under way.
  std::uint64_t next_ns() const noexcept { return pauses_.empty() ? never : pauses_.front().end_ns; }
  // Not before the pause that was pushed last; not full.
  void push(std::uint64_t end_ns, std::size_t index) noexcept { pauses_.push({end_ns, index}); }
  // The first; not empty.
  Pause pop() noexcept {
    const Pause first = pauses_.front();
    pauses_.pop();
    return first;
  }

 private:
  FixedRing<Pause> pauses_;
};

}  // namespace recvbench
