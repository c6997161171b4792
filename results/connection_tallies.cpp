#include "results/connection_tallies.h"

namespace recvbench {

ConnectionTallies::ConnectionTallies(std::uint32_t first, std::uint32_t end)
    : first_(first),
      connections_(end < first + 2 ? 0 : end - first),
      stride_(connections_ / most + (connections_ % most == 0 ? 0 : 1)),
      tallies_(connections_ == 0 ? 0 : (connections_ - 1) / stride_ + 1) {}

ConnectionTally* ConnectionTallies::find(std::uint32_t number) noexcept {
  const std::uint32_t place = number - first_;  // of lower ones beyond the end
  if (place >= connections_ || place % stride_ != 0) return nullptr;
  return &tallies_[place / stride_];
}

std::vector<ConnectionFigures> ConnectionTallies::figures() const {
  std::vector<ConnectionFigures> figures;
  std::uint32_t number = first_;
  for (const ConnectionTally& tally : tallies_) {
    figures.push_back({number, tally.sent, tally.received.count(), tally.received.p99_ns()});
    number += stride_;
  }
  return figures;
}

}  // namespace recvbench
