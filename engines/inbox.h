// How new connections, and the order to stop, reach an engine thread that is busy with its own waiting.
// Filled under a mutex by add(), emptied in one swap by the thread: nothing of it lies on the per-receive
// path.
#pragma once

#include <cstddef>
#include <iterator>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engines/engine.h"

namespace recvbench {

class Inbox {
 public:
  enum class Answer { taken, full, closed };

  // `capacity`: most connections the owning thread may hold at once, those still in the inbox included.
  explicit Inbox(std::size_t capacity = std::numeric_limits<std::size_t>::max()) : capacity_(capacity) {}

  // Any thread. Moves from `connection` only where the answer is `taken`; the caller then wakes the owning
  // thread.
  Answer offer(std::unique_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex_);
    if (closed_) return Answer::closed;
    if (held_ >= capacity_) return Answer::full;
    waiting_.push_back(std::move(connection));
    ++held_;
    return Answer::taken;
  }

  // Any thread. The order to stop: nothing is taken any more. The caller then wakes the owning thread.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }

  // Owning thread. Appends the new connections to `into`. False once closed; what came before is still handed
  // over, for it is owed its on_close.
  bool take(std::vector<std::unique_ptr<Connection>>& into) {
    const std::lock_guard lock(mutex_);
    into.insert(into.end(), std::move_iterator(waiting_.begin()), std::move_iterator(waiting_.end()));
    waiting_.clear();
    return !closed_;
  }

  // Owning thread. One of its connections is gone; there is room for another.
  void release() {
    const std::lock_guard lock(mutex_);
    --held_;
  }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> waiting_;
  std::size_t held_ = 0;
  bool closed_ = false;
};

}  // namespace recvbench
