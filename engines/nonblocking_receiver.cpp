// A receive, and what it says.
#include "engines/nonblocking_receiver.h"

namespace recvbench {

std::optional<std::error_code> NonblockingReceiver::receive(Connection& connection, ReceiveSink& sink,
                                                            WorkerCounters& counters) {
  if (connection.kind() == Connection::Kind::datagrams)
    return datagrams_.receive(connection, buffer_, sink, counters);
  const IoResult received = recv_(connection.native(), buffer_, counters);
  if (received.bytes > 0) {
    counters.completion();
    if (sink.on_receive(connection, {buffer_.data(), received.bytes})) return std::nullopt;
    return std::error_code();
  }
  if (would_block(received.error)) return std::nullopt;
  return received.error;  // none = the peer has closed its side
}

}  // namespace recvbench
