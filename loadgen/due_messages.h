// Messages that are due and not yet sent: one queue a connection, over one pool a worker thread. Pure;
// single-threaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace recvbench {

struct DueMessage {
  std::uint64_t intended_ns = 0;
  DueMessage* next = nullptr;  // due after it on the same connection
};

// First in, first out. Filled and emptied by the pool that its messages belong to.
class DueQueue {
 public:
  bool empty() const noexcept { return size_ == 0; }
  std::uint64_t size() const noexcept { return size_; }
  const DueMessage* first() const noexcept { return first_; }  // null where empty

 private:
  friend class DuePool;
  DueMessage* first_ = nullptr;
  DueMessage* last_ = nullptr;
  std::uint64_t size_ = 0;
};

// Holds messages for any number of queues. Memory is taken chunk by chunk as more wait at one time than ever
// before, and kept: the first chunk at once, so that a load that keeps up never allocates.
class DuePool {
 public:
  static constexpr std::size_t chunk_messages = 4096;  // 64 KiB

  DuePool() { grow(); }
  DuePool(const DuePool&) = delete;
  DuePool& operator=(const DuePool&) = delete;

  void push(DueQueue& queue, std::uint64_t intended_ns) {
    if (free_ == nullptr) grow();
    DueMessage* message = std::exchange(free_, free_->next);
    *message = {intended_ns, nullptr};
    (queue.empty() ? queue.first_ : queue.last_->next) = message;
    queue.last_ = message;
    ++queue.size_;
  }

  // The intended time of the first, which leaves the queue. Not empty.
  std::uint64_t pop(DueQueue& queue) noexcept {
    DueMessage* message = queue.first_;
    queue.first_ = message->next;
    message->next = std::exchange(free_, message);
    --queue.size_;
    return message->intended_ns;
  }

  void clear(DueQueue& queue) noexcept {
    while (!queue.empty()) pop(queue);
  }

 private:
  void grow() {
    chunks_.push_back(std::make_unique<DueMessage[]>(chunk_messages));
    for (std::size_t i = chunk_messages; i-- > 0;) {
      DueMessage& message = chunks_.back()[i];
      message.next = std::exchange(free_, &message);
    }
  }

  std::vector<std::unique_ptr<DueMessage[]>> chunks_;
  DueMessage* free_ = nullptr;
};

}  // namespace recvbench
