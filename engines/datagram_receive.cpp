// A datagram, and what is said of it.
#include "engines/datagram_receive.h"

namespace recvbench {

DatagramReceiver::DatagramReceiver(const EngineSettings& settings) {
  if (settings.on(datagram_call_setting)) message_.emplace();
}

void DatagramReceiver::admit(const Connection& connection) const {
  if (message_ && connection.kind() == Connection::Kind::datagrams) report_destinations(connection.socket());
}

std::optional<std::error_code> DatagramReceiver::receive(Connection& connection, std::span<std::byte> buffer,
                                                         ReceiveSink& sink, WorkerCounters& counters) const {
  SourceAddress source;
  Address destination;
  DatagramResult received;
  do {
    counters.receive_call();
    received = message_ ? message_->receive(connection.native(), buffer, source, destination)
                        : receive_datagram(connection.native(), buffer, source);
  } while (received.error && concerns_earlier_send(received.error));
  if (!received.error) {
    counters.completion();
    const Datagram datagram{buffer.first(received.bytes),
                            source.bytes(),
                            received.truncated,
                            {static_cast<const std::byte*>(destination.data()), destination.size()}};
    if (sink.on_datagram(connection, datagram)) return std::nullopt;
    return std::error_code();
  }
  if (would_block(received.error)) return std::nullopt;
  return received.error;
}

}  // namespace recvbench
