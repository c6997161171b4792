// One connection of the generator: what is due on it and what is under way. Plain state; the worker that owns
// it does the I/O, and knows what is a stream's or a datagram socket's alone.
#pragma once

#include <cstdint>
#include <utility>

#include "platform/socket.h"

namespace recvbench {

struct LoadConnection {
  LoadConnection(Socket connected, std::uint32_t connection_number)
      : socket(std::move(connected)), number(connection_number) {}

  enum class Phase : std::uint8_t {
    open,
    closing,  // everything is sent and answered, our side is shut; waits for the peer's close
    closed,
  };

  Socket socket;
  std::uint32_t number;  // in every header
  Phase phase = Phase::open;
  bool ready = false;    // is in the worker's ready queue
  bool blocked = false;  // the kernel took no more; waits to become writable

  // Constant rate: due but unsent are the rounds first_queued .. end_queued - 1 of the schedule, without a
  // gap. A connection that had to drop therefore goes on dropping until this queue is sent.
  std::uint64_t first_queued = 0;
  std::uint64_t end_queued = 0;
  bool dropping = false;
  std::uint64_t queued() const noexcept { return end_queued - first_queued; }

  std::uint64_t next_sequence = 0;
  // Echo: sent messages whose replies the load waits for, in its closed loop or for its max_outstanding.
  std::uint64_t awaited = 0;
};

}  // namespace recvbench
