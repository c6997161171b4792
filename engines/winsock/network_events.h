// What event-select and async-select share: the network events FD_READ and FD_CLOSE, by an event or by a
// message, and what is to be done about them.
#pragma once

#include <winsock2.h>

#include <optional>
#include <system_error>

#include "engines/nonblocking_worker.h"

namespace recvbench {

class NetworkEventWorker : public NonblockingWorker {
 public:
  using NonblockingWorker::NonblockingWorker;

 protected:
  static constexpr long watched_events = FD_READ | FD_CLOSE;

  // FD_CLOSE was reported with this error (none = graceful). It is reported once and nothing re-enables it,
  // so this is the last that is heard of the connection; there may be bytes before the end nevertheless
  // (WSAEventSelect, Remarks: "check for remaining data upon receipt of FD_CLOSE"). Receives them, no more
  // than the socket's buffer since the peer sends nothing after it, and returns what the connection ended
  // with.
  std::error_code receive_rest(Connection& connection, std::error_code reported, ReceiveSink& sink);
};

}  // namespace recvbench
