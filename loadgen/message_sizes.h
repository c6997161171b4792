// How long the messages of a load are: all alike, any length of a range, or a mix of those by weights. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "loadgen/message.h"

namespace recvbench {

// A plain value. Which length a message has follows from the load's seed, its connection and its sequence
// alone: generator and receiver compute the same one, so that the receiver checks every header's length.
class MessageSizes {
 public:
  // Lengths from `least` to `most`, each as often as the other, header included: header_bytes ..
  // max_message_bytes. `weight` to the sum of all weights is their share of the messages, 1 .. max_weight.
  struct Part {
    std::uint32_t least = 0;
    std::uint32_t most = 0;
    std::uint32_t weight = 1;
    bool operator==(const Part&) const = default;
  };
  static constexpr std::size_t max_parts = 32;
  static constexpr std::uint32_t max_weight = 1'000'000;

  // Every message has this length. Not checked: so that a number can stand for it.
  MessageSizes(std::uint32_t bytes = 64) : MessageSizes(std::vector{Part{bytes, bytes, 1}}) {}
  // 1 .. max_parts parts within their ranges; the caller has checked that.
  explicit MessageSizes(std::vector<Part> parts);

  // Length of a message, in bytes with its header.
  std::uint32_t of(std::uint64_t seed, std::uint32_t connection, std::uint64_t sequence) const noexcept {
    return least_ == most_ ? most_ : picked(seed, connection, sequence);
  }

  bool alike() const noexcept { return least_ == most_; }
  std::uint32_t least() const noexcept { return least_; }
  std::uint32_t most() const noexcept { return most_; }
  double mean() const noexcept;  // expected
  const std::vector<Part>& parts() const noexcept { return parts_; }
  bool operator==(const MessageSizes& other) const { return parts_ == other.parts_; }

 private:
  std::uint32_t picked(std::uint64_t seed, std::uint32_t connection, std::uint64_t sequence) const noexcept;

  std::vector<Part> parts_;
  std::uint32_t least_ = 0;
  std::uint32_t most_ = 0;
  std::uint64_t weights_ = 0;
};

}  // namespace recvbench
