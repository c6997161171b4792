// recv for the engines that wait for readiness.
#include "engines/posix/readiness_worker.h"

#include <sys/socket.h>

#include <cerrno>

namespace recvbench {

std::optional<std::error_code> ReadinessWorker::receive(Connection& connection, ReceiveSink& sink) {
  counters_.receive_call();
  const auto received = ::recv(connection.native(), buffer_.data(), buffer_.size(), 0);
  if (received > 0) {
    counters_.completion();
    if (sink.on_receive(connection, {buffer_.data(), static_cast<std::size_t>(received)}))
      return std::nullopt;
    return std::error_code();
  }
  if (received == 0) return std::error_code();  // the peer has closed its side
  if (errno == EINTR) return std::nullopt;      // still readable: reported again
  const std::error_code error = last_socket_error();
  if (would_block(error)) return std::nullopt;
  return error;
}

}  // namespace recvbench
