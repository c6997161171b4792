// Growing, asking and emptying a completion queue.
#include "engines/winsock/rio/completion_queue.h"

#include <algorithm>
#include <string>
#include <utility>

#include "platform/error.h"

namespace recvbench {
namespace {

// An error that RIO reports by a value of its own.
class RioCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "rio"; }
  std::string message(int) const override {
    return "RIO_CORRUPT_CQ: the completion queue was corrupted, or RIO's rules were broken";
  }
};

std::error_code corrupt_queue_error() {
  static const RioCategory category;
  return {1, category};
}

}  // namespace

RioCompletionQueue::RioCompletionQueue(const rio::FunctionTable& rio, DWORD size,
                                       rio::Notification* notification)
    : rio_(rio), size_(size), queue_(rio.create_completion_queue(size, notification)) {
  if (queue_ == rio::invalid_completion_queue) {
    throw_error(last_socket_error(), "RIOCreateCompletionQueue", std::to_string(size) + " entries");
  }
}

void RioCompletionQueue::notify() {
  const INT error = rio_.notify(queue_);
  if (error != 0 && error != WSAEALREADY) throw_error(socket_error(error), "RIONotify");
}

ULONG RioCompletionQueue::dequeue(std::span<rio::Result> results) {
  const ULONG count = rio_.dequeue_completion(queue_, results.data(), static_cast<ULONG>(results.size()));
  if (count == rio::corrupt_completion_queue) {
    throw std::system_error(corrupt_queue_error(), "RIODequeueCompletion");
  }
  return count;
}

std::error_code RioCompletionQueue::charge(DWORD entries) {
  if (entries > size_ - charged_) {
    if (entries > rio::max_completion_queue_size - charged_) return socket_error(WSAENOBUFS);
    const DWORD size =
        std::min(rio::max_completion_queue_size, std::max(size_ * 2, static_cast<DWORD>(charged_ + entries)));
    if (!rio_.resize_completion_queue(queue_, size)) return last_socket_error();
    size_ = size;
  }
  charged_ += entries;
  return {};
}

void RioCompletionQueue::close() {
  rio_.close_completion_queue(std::exchange(queue_, rio::invalid_completion_queue));
}

}  // namespace recvbench
