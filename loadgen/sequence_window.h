// Which datagrams of one sender have arrived: told by their sequence numbers, in bounded memory and without
// allocation. Pure; used by the receiver for messages and by the generator for replies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace recvbench {

class SequenceWindow {
 public:
  // Sequences further behind the highest one are not remembered: such a late one counts as `late`, whether or
  // not it has been here before.
  static constexpr std::uint64_t remembered = 4096;

  SequenceWindow() = default;
  // As if the sequences below `next` had arrived, each in its turn.
  static SequenceWindow in_order_up_to(std::uint64_t next) noexcept {
    SequenceWindow window;
    window.seen_.fill(~std::uint64_t{0});
    window.next_ = next;
    return window;
  }

  enum class Arrival {
    in_order,   // higher than all before it; what lies between is missing so far
    late,       // for the first time, after a higher one: reordered
    duplicate,  // it was here already
  };

  Arrival arrived(std::uint64_t sequence) noexcept {
    if (sequence >= next_) {
      forget_up_to(sequence);
      next_ = sequence + 1;
      mark(sequence);
      return Arrival::in_order;
    }
    if (next_ - sequence > remembered) return Arrival::late;
    if (is_marked(sequence)) return Arrival::duplicate;
    mark(sequence);
    return Arrival::late;
  }

 private:
  static constexpr std::size_t bits = 64;

  // The places of next_ .. sequence still say what was there a round ago.
  void forget_up_to(std::uint64_t sequence) noexcept {
    if (sequence - next_ >= remembered) {
      seen_.fill(0);
      return;
    }
    for (std::uint64_t missed = next_; missed <= sequence; ++missed) word(missed) &= ~bit(missed);
  }
  void mark(std::uint64_t sequence) noexcept { word(sequence) |= bit(sequence); }
  bool is_marked(std::uint64_t sequence) noexcept { return (word(sequence) & bit(sequence)) != 0; }
  std::uint64_t& word(std::uint64_t sequence) noexcept {
    return seen_[static_cast<std::size_t>(sequence % remembered) / bits];
  }
  static std::uint64_t bit(std::uint64_t sequence) noexcept { return std::uint64_t{1} << (sequence % bits); }

  std::uint64_t next_ = 0;  // one past the highest
  std::array<std::uint64_t, remembered / bits> seen_{};
};

}  // namespace recvbench
