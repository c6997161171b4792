// The least that answers HTTP requests on many connections: what wrk is measured against. Linux.
#pragma once

#include <cstdint>

namespace recvbench {

// Serves 127.0.0.1:port by epoll, one thread, every request with "200 OK" and no body, until the process is
// ended. A request is whatever one receive brings: clients that wait for each answer send one at a time.
// Throws std::system_error.
[[noreturn]] void answer_http(std::uint16_t port);

}  // namespace recvbench
