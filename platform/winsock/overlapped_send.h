// A send with a time limit on a Windows socket. Internal to platform/.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>

#include "platform/native_sockets.h"

namespace recvbench {

// Sends `data` whole, or what went out before the limit (std::errc::timed_out). An overlapped send, since
// Winsock has no MSG_DONTWAIT: it keeps to the limit in both modes of a socket, and its wait is not
// alertable, so that it may run inside a completion routine. `to`: a sockaddr, for a datagram; empty = the
// socket's peer.
IoResult send_within(SOCKET socket, std::span<const std::byte> data, std::chrono::milliseconds timeout,
                     std::span<const std::byte> to = {}) noexcept;

}  // namespace recvbench
