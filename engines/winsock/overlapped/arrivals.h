// The order of one connection's completions where several threads learn of them.
#pragma once

#include <atomic>

#include "engines/winsock/overlapped/receives.h"

namespace recvbench {

// Where the completions of one connection meet when several threads learn of them. The thread that
// finds nobody there becomes the connection's owner, delivers and posts; the others leave their completion to
// it and go on. A list that is only pushed to and only taken whole: no lock, no ABA, nobody waits.
class Arrivals {
 public:
  // Owned by the thread that will post the first receives.
  Arrivals() : newest_(&owned_) {}

  // Any thread. True where it thereby becomes the owner. Where it does not, the connection may be gone as
  // soon as this returns.
  bool push(ReceiveOperation& operation) {
    ReceiveOperation* previous = newest_.load(std::memory_order_relaxed);
    do {
      operation.next = previous;
    } while (!newest_.compare_exchange_weak(previous, &operation, std::memory_order_acq_rel,
                                            std::memory_order_relaxed));
    return previous == nullptr;
  }

  // Owner. Marks what has arrived as done.
  void take() {
    ReceiveOperation* operation = newest_.exchange(&owned_, std::memory_order_acq_rel);
    while (operation != nullptr && operation != &owned_) {
      operation->done = true;
      operation = operation->next;
    }
  }

  // Owner. False where more has arrived; else it is the owner no longer.
  bool release() {
    ReceiveOperation* expected = &owned_;
    return newest_.compare_exchange_strong(expected, nullptr, std::memory_order_acq_rel,
                                           std::memory_order_relaxed);
  }

 private:
  ReceiveOperation owned_;  // at the end of the list while there is an owner; else null is
  std::atomic<ReceiveOperation*> newest_;
};

}  // namespace recvbench
