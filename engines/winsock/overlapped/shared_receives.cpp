// Delivery by whichever thread has the connection.
#include "engines/winsock/overlapped/shared_receives.h"

#include <limits>

#include "platform/error.h"

namespace recvbench {

SharedReceives::SharedReceives(Connection& connection, const EngineSettings& settings, int threads,
                               const std::atomic<bool>& stopping, AtOnce at_once)
    : OverlappedReceives(connection, settings, nullptr, at_once),
      single_(settings.receives_in_flight <= 1),
      shared_(threads > 1 && !single_),
      most_a_turn_(at_once == AtOnce::silent ? most_a_silent_turn : std::numeric_limits<std::size_t>::max()),
      stopping_(stopping) {
  admit(connection, settings);
}

Turn SharedReceives::begin(ReceiveSink& sink, WorkerCounters& counters) {
  if (stopping_.load(std::memory_order_relaxed)) {
    close(canceled_error());
  } else if (post_all(counters) == Posted::announced && single_) {
    return Turn::passed_on;
  }
  return idle() ? Turn::over : go_on(sink, counters);
}

Turn SharedReceives::complete(WSAOVERLAPPED& overlapped, DWORD bytes, std::error_code error,
                              ReceiveSink& sink, WorkerCounters& counters) {
  auto& operation = static_cast<ReceiveOperation&>(overlapped);
  operation.bytes = bytes;
  operation.error = error;
  if (shared_) return arrivals_.push(operation) ? deliver_as_owner(sink, counters) : Turn::passed_on;
  operation.done = true;
  return deliver(sink, counters);
}

Turn SharedReceives::go_on(ReceiveSink& sink, WorkerCounters& counters) {
  return shared_ ? deliver_as_owner(sink, counters) : deliver(sink, counters);
}

// A turn that is unfinished stays the owner's: go_on() is called by whoever it is handed to.
Turn SharedReceives::deliver_as_owner(ReceiveSink& sink, WorkerCounters& counters) {
  do {
    arrivals_.take();
    const Turn turn = deliver(sink, counters);
    if (turn != Turn::passed_on) return turn;
  } while (!arrivals_.release());
  return Turn::passed_on;
}

// Delivers what is done, in order.
Turn SharedReceives::deliver(ReceiveSink& sink, WorkerCounters& counters) {
  if (stopping_.load(std::memory_order_relaxed)) close(canceled_error());
  for (std::size_t left = most_a_turn_; oldest().done; --left) {
    if (left == 0) return Turn::unfinished;
    // Its only receive is posted again: the connection belongs to whoever gets the completion.
    if (deliver_oldest(sink, counters) == Posted::announced && single_) return Turn::passed_on;
  }
  return idle() ? Turn::over : Turn::passed_on;
}

}  // namespace recvbench
