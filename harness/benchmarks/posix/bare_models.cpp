#include <array>

#include "harness/benchmarks/posix/bare_loops.h"

namespace recvbench {

std::span<const BareModel> bare_models() {
  static constexpr std::array models{BareModel{"blocking", start_bare_blocking},
                                     BareModel{"epoll", start_bare_epoll}};
  return models;
}

}  // namespace recvbench
