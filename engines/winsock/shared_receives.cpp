// Delivery by whichever thread has the connection.
#include "engines/winsock/shared_receives.h"

#include "platform/error.h"

namespace recvbench {

bool SharedReceives::begin(ReceiveSink& sink, WorkerCounters& counters) {
  if (stopping_.load(std::memory_order_relaxed)) {
    close(canceled_error());
  } else if (post_all(counters) && single_) {
    return false;
  }
  if (idle()) return true;
  return shared_ && deliver_as_owner(sink, counters);
}

bool SharedReceives::complete(WSAOVERLAPPED& overlapped, DWORD bytes, std::error_code error,
                              ReceiveSink& sink, WorkerCounters& counters) {
  auto& operation = static_cast<ReceiveOperation&>(overlapped);
  operation.bytes = bytes;
  operation.error = error;
  if (shared_) return arrivals_.push(operation) && deliver_as_owner(sink, counters);
  operation.done = true;
  return deliver(sink, counters);
}

bool SharedReceives::deliver_as_owner(ReceiveSink& sink, WorkerCounters& counters) {
  do {
    arrivals_.take();
    if (deliver(sink, counters)) return true;
  } while (!arrivals_.release());
  return false;
}

// Delivers what is done, in order.
bool SharedReceives::deliver(ReceiveSink& sink, WorkerCounters& counters) {
  if (stopping_.load(std::memory_order_relaxed)) close(canceled_error());
  while (oldest().done) {
    // Its only receive is posted again: the connection belongs to whoever gets the completion.
    if (deliver_oldest(sink, counters) && single_) return false;
  }
  return idle();
}

}  // namespace recvbench
