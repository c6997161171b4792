// Which datagrams of one connection still hold up a closed loop: sent, not answered, and not yet given up.
// Bounded memory whatever is in flight, no allocation. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace recvbench {

// Messages are told apart by the span of time in which they were sent, and given up span by span: one that is
// lost holds up its own place alone, and a reply that comes after all changes nothing.
class AwaitedReplies {
 public:
  // No message is given up earlier, and none later than span_ns after it where give_up() is called by then.
  // TCP too waits so long at least before it takes a segment for lost (Linux: TCP_RTO_MIN).
  static constexpr std::uint64_t patience_ns = 200'000'000;
  static constexpr std::uint64_t span_ns = 50'000'000;

  std::uint64_t count() const noexcept { return count_; }

  // `sequence` is higher than, and `now` not before, those of the call before.
  void sent(std::uint64_t sequence, std::uint64_t now) noexcept {
    if (now - spans_[newest_].begin_ns >= span_ns) {
      newest_ = (newest_ + 1) % spans_.size();
      count_ -= spans_[newest_].awaited;  // the oldest one's, past all patience
      spans_[newest_] = {now, sequence, 0};
    }
    ++spans_[newest_].awaited;
    ++count_;
  }

  // The first reply to a message that was sent. True where it was awaited: false where it had been given up.
  bool answered(std::uint64_t sequence) noexcept {
    for (std::size_t age = 0; age < spans_.size(); ++age) {
      Span& span = spans_[(newest_ + spans_.size() - age) % spans_.size()];
      if (sequence < span.first_sequence) continue;
      if (span.awaited == 0) return false;
      --span.awaited;
      --count_;
      return true;
    }
    return false;
  }

  // Waits no more for what was sent longer ago; returns how many messages that were. sent() does so too.
  std::uint64_t give_up(std::uint64_t now) noexcept {
    const std::uint64_t before = count_;
    for (Span& span : spans_) {
      if (now < span.begin_ns + span_ns + patience_ns) continue;
      count_ -= span.awaited;
      span.awaited = 0;
    }
    return before - count_;
  }

 private:
  struct Span {
    std::uint64_t begin_ns = 0;  // of span_ns
    std::uint64_t first_sequence = 0;
    std::uint64_t awaited = 0;
  };

  // One that is taken again began so many span_ns ago: its last message has been waited for long enough.
  std::array<Span, patience_ns / span_ns + 1> spans_{};
  std::size_t newest_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace recvbench
