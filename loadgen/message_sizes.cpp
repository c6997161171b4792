#include "loadgen/message_sizes.h"

#include <algorithm>
#include <utility>

#include "loadgen/bit_mixer.h"

namespace recvbench {

MessageSizes::MessageSizes(std::vector<Part> parts) : parts_(std::move(parts)) {
  least_ = parts_.front().least;
  for (const Part& part : parts_) {
    least_ = std::min(least_, part.least);
    most_ = std::max(most_, part.most);
    weights_ += part.weight;
  }
}

double MessageSizes::mean() const noexcept {
  double sum = 0;
  for (const Part& part : parts_)
    sum += part.weight * (static_cast<double>(part.least) + static_cast<double>(part.most)) / 2;
  return sum / static_cast<double>(weights_);
}

// The upper half of one random number chooses the part, the lower half the length within it: each is below
// 2^32 and scaled by one that is, which favours no outcome by more than 2^-7 of its share.
std::uint32_t MessageSizes::picked(std::uint64_t seed, std::uint32_t connection,
                                   std::uint64_t sequence) const noexcept {
  const std::uint64_t of_connection = mix_bits(seed + golden_step * (std::uint64_t{connection} + 1));
  const std::uint64_t random = mix_bits(of_connection + golden_step * (sequence + 1));
  std::uint64_t at = ((random >> 32) * weights_) >> 32;
  for (const Part& part : parts_) {
    if (at < part.weight) {
      const std::uint64_t lengths = std::uint64_t{part.most} - part.least + 1;
      return part.least + static_cast<std::uint32_t>(((random & 0xFFFFFFFF) * lengths) >> 32);
    }
    at -= part.weight;
  }
  return most_;  // not reached: `at` was below the sum of the weights
}

}  // namespace recvbench
