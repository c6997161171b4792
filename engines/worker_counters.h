// One engine thread's counters. The thread is their only writer, so a count is a relaxed load and a relaxed
// store: the same instructions as a plain increment, no atomic read-modify-write. Any thread may take a
// snapshot at any time.
#pragma once

#include <atomic>
#include <cstdint>

#include "engines/engine.h"

namespace recvbench {

// Aligned to a cache line of its own: two threads that count must not slow each other down.
class alignas(64) WorkerCounters {
 public:
  // A receive was issued (recv, WSARecv, RIOReceive ...).
  void receive_call() noexcept { add(receive_calls_, 1); }
  // A receive delivered bytes, or a datagram.
  void completion() noexcept { add(completions_, 1); }
  // A wait was issued (select, poll, GetQueuedCompletionStatus ...).
  void wait_call() noexcept { add(wait_calls_, 1); }
  // A wait returned with something to do, which turned out to be this many completions. Zero (a new
  // connection, a close) counts as a wakeup and is left out of the minimum, whose zero means "none yet".
  void wakeup(std::uint64_t completions) noexcept {
    add(wakeups_, 1);
    if (completions == 0) return;
    const std::uint64_t min = load(completions_per_wakeup_min_);
    if (min == 0 || completions < min) store(completions_per_wakeup_min_, completions);
    if (completions > load(completions_per_wakeup_max_)) store(completions_per_wakeup_max_, completions);
  }
  // Completions so far: the difference across a batch is what wakeup() wants to know.
  std::uint64_t completions() const noexcept { return load(completions_); }

  EngineCounters snapshot() const noexcept {
    EngineCounters counters;
    counters.receive_calls = load(receive_calls_);
    counters.wait_calls = load(wait_calls_);
    counters.wakeups = load(wakeups_);
    counters.completions = load(completions_);
    counters.completions_per_wakeup_min = load(completions_per_wakeup_min_);
    counters.completions_per_wakeup_max = load(completions_per_wakeup_max_);
    return counters;
  }

 private:
  using Count = std::atomic<std::uint64_t>;
  static std::uint64_t load(const Count& count) noexcept { return count.load(std::memory_order_relaxed); }
  static void store(Count& count, std::uint64_t value) noexcept {
    count.store(value, std::memory_order_relaxed);
  }
  static void add(Count& count, std::uint64_t n) noexcept { store(count, load(count) + n); }

  Count receive_calls_{0};
  Count wait_calls_{0};
  Count wakeups_{0};
  Count completions_{0};
  Count completions_per_wakeup_min_{0};
  Count completions_per_wakeup_max_{0};
};

}  // namespace recvbench
