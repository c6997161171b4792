// What the null engine needs of a connection: receives that cost nothing to obtain.
#pragma once

#include <span>

#include "engines/engine.h"

namespace recvbench {

// A connection without a socket. The harness derives from it and makes up the stream; null hands it straight
// back to the sink, so that what remains is the harness's own cost.
class SyntheticConnection : public Connection {
 public:
  SyntheticConnection() : Connection(Socket{}) {}
  // The bytes of the next receive, valid until the next call; empty = the stream has ended (graceful close).
  // Called by the one engine thread that owns the connection.
  virtual std::span<const std::byte> next_receive() = 0;
};

EngineDescriptor null_engine();

}  // namespace recvbench
