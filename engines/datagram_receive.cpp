// recvfrom, and what it says.
#include "engines/datagram_receive.h"

namespace recvbench {

std::optional<std::error_code> receive_one_datagram(Connection& connection, std::span<std::byte> buffer,
                                                    ReceiveSink& sink, WorkerCounters& counters) {
  SourceAddress source;
  DatagramResult received;
  do {
    counters.receive_call();
    received = receive_datagram(connection.native(), buffer, source);
  } while (received.error && concerns_earlier_send(received.error));
  if (!received.error) {
    counters.completion();
    const Datagram datagram{buffer.first(received.bytes), source.bytes(), received.truncated};
    if (sink.on_datagram(connection, datagram)) return std::nullopt;
    return std::error_code();
  }
  if (would_block(received.error)) return std::nullopt;
  return received.error;
}

}  // namespace recvbench
