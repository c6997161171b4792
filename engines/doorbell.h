// How an engine thread that has no waiting call of its own learns that it is to look into its inbox: one flag
// to look at while it is busy, and something to sleep on while it has no connections.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace recvbench {

class Doorbell {
 public:
  // Any thread.
  void ring() noexcept {
    {
      const std::lock_guard lock(mutex_);
      rung_.store(true, std::memory_order_relaxed);
    }
    has_rung_.notify_one();
  }

  // Owning thread. True where it has been rung since the last time. Costs a load.
  bool answer() noexcept {
    if (!rung_.load(std::memory_order_relaxed)) return false;
    rung_.store(false, std::memory_order_relaxed);
    return true;
  }

  // Owning thread. Sleeps until it is rung, unless it has been; answer() is then true.
  void wait() {
    std::unique_lock lock(mutex_);
    has_rung_.wait(lock, [this] { return rung_.load(std::memory_order_relaxed); });
  }

 private:
  // Not std::atomic::wait: where it has no futex (mingw), libstdc++ 12 lets unrelated atomics share a
  // condition variable and a notify_one wakes the wrong thread.
  std::mutex mutex_;
  std::condition_variable has_rung_;
  std::atomic<bool> rung_{false};
};

}  // namespace recvbench
