// The end of a connection that FD_CLOSE announced.
#include "engines/winsock/network_events.h"

namespace recvbench {

std::error_code NetworkEventWorker::receive_rest(Connection& connection, std::error_code reported,
                                                 ReceiveSink& sink) {
  for (;;) {
    const auto before = counters_.completions();
    const auto end = receive(connection, sink);
    const bool delivered = counters_.completions() != before;
    // recv's own error, or the sink wants no more.
    if (end && (*end || delivered)) return *end;
    if (!delivered) return reported;
  }
}

}  // namespace recvbench
