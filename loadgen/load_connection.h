// One connection of the generator: what is due on it and what is under way. Plain state; the worker that owns
// it does the I/O, and knows what is a stream's or a datagram socket's alone.
#pragma once

#include <cstdint>
#include <utility>

#include "loadgen/due_messages.h"
#include "platform/socket.h"
#include "results/connection_tallies.h"

namespace recvbench {

struct LoadConnection {
  LoadConnection(Socket connected, std::uint32_t connection_number)
      : socket(std::move(connected)), number(connection_number) {}

  enum class Phase : std::uint8_t {
    connecting,  // takes another's place; watched for writing
    open,
    closing,  // everything on it is sent and answered, our side is shut; waits for the peer's close
    closed,
  };

  Socket socket;
  std::uint32_t number;  // in every header
  Phase phase = Phase::open;
  bool ready = false;     // is in the worker's ready queue
  bool blocked = false;   // the kernel took no more; waits to become writable
  bool thinking = false;  // closed loop: is in the worker's queue of those that pause

  DueQueue due;  // due at a time of its own, but unsent; of the worker's pool

  std::uint64_t next_sequence = 0;
  // Echo: sent messages whose replies the load waits for, in its closed loop or for its max_outstanding.
  std::uint64_t awaited = 0;

  ConnectionTally* tally = nullptr;  // where it is looked at; outlives it
};

}  // namespace recvbench
