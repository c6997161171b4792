// recvfrom for the engines that fetch what is there by a call of their own: blocking, and all that wait for
// readiness. What recv is to a stream, with three differences: zero bytes are a datagram and not an end, a
// datagram may be cut off at the buffer's end, and an error may be about an earlier send.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <system_error>

#include "engines/engine.h"
#include "engines/worker_counters.h"

namespace recvbench {

// One recvfrom into `buffer`, and what it brought to the sink; another one after an error that is about an
// earlier send, so that nothing brought means nothing there. Empty = the socket goes on; otherwise it has
// ended with this (no error = as the sink wished).
std::optional<std::error_code> receive_one_datagram(Connection& connection, std::span<std::byte> buffer,
                                                    ReceiveSink& sink, WorkerCounters& counters);

}  // namespace recvbench
