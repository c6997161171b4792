// A subsample of a stream of unknown length, evenly spread over it, in bounded memory. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace recvbench {

// Keeps every n-th value, and doubles n whenever its memory is full: of a long stream between most / 2 and
// most values. Does not allocate after construction.
class EvenSample {
 public:
  explicit EvenSample(std::size_t most) : most_(most) { values_.reserve(most); }  // >= 2, even

  void add(double value) noexcept {
    if (seen_++ % stride_ != 0) return;
    if (values_.size() == most_) {
      for (std::size_t i = 0; i < most_ / 2; ++i) values_[i] = values_[2 * i];
      values_.resize(most_ / 2);
      stride_ *= 2;
      // It is the most-th of the old stride's, an even number: the new stride's as well.
    }
    values_.push_back(value);
  }

  const std::vector<double>& values() const noexcept { return values_; }

 private:
  std::size_t most_;
  std::uint64_t seen_ = 0;
  std::uint64_t stride_ = 1;
  std::vector<double> values_;
};

}  // namespace recvbench
