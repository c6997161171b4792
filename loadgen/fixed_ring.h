// A first-in-first-out queue of bounded length that never allocates after construction.
#pragma once

#include <cstddef>
#include <vector>

namespace recvbench {

template <class Value>
class FixedRing {
 public:
  explicit FixedRing(std::size_t most) : values_(most) {}

  bool empty() const noexcept { return count_ == 0; }
  const Value& front() const noexcept { return values_[first_]; }  // not empty
  void pop() noexcept {                                            // not empty
    first_ = first_ + 1 == values_.size() ? 0 : first_ + 1;
    --count_;
  }
  void push(const Value& value) noexcept {  // not full
    const std::size_t place = first_ + count_;
    values_[place < values_.size() ? place : place - values_.size()] = value;
    ++count_;
  }

 private:
  std::vector<Value> values_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace recvbench
