// The bare loops of this platform, one a file.
#pragma once

#include "harness/benchmarks/bare_loop.h"

namespace recvbench {

std::unique_ptr<BareLoop> start_bare_blocking(std::vector<Socket> sockets, std::size_t buffer_bytes,
                                              const std::vector<int>& cpus);
std::unique_ptr<BareLoop> start_bare_iocp(std::vector<Socket> sockets, std::size_t buffer_bytes,
                                          const std::vector<int>& cpus);

}  // namespace recvbench
