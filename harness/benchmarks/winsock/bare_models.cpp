#include <array>

#include "harness/benchmarks/winsock/bare_loops.h"

namespace recvbench {

std::span<const BareModel> bare_models() {
  static constexpr std::array models{BareModel{"blocking", start_bare_blocking},
                                     BareModel{"iocp", start_bare_iocp}};
  return models;
}

}  // namespace recvbench
