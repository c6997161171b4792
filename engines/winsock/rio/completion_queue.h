// A RIO completion queue, and the account of its entries: request queues are charged to it, and it grows with
// them.
#pragma once

#include <winsock2.h>

#include <span>
#include <system_error>

#include "engines/winsock/rio/abi.h"

namespace recvbench {

// One call at a time; see rio/abi.h.
class RioCompletionQueue {
 public:
  // `notification` null = polled only; what it names must outlive the queue. Throws std::system_error.
  RioCompletionQueue(const rio::FunctionTable& rio, DWORD size, rio::Notification* notification);
  ~RioCompletionQueue() { close(); }
  RioCompletionQueue(const RioCompletionQueue&) = delete;
  RioCompletionQueue& operator=(const RioCompletionQueue&) = delete;

  rio::CompletionQueue get() const { return queue_; }

  // Asks for one notification. No error where the last one is still to come. Throws std::system_error.
  void notify();
  // Completions that are there now; their number. Throws std::system_error where the queue is corrupt, which
  // is final.
  ULONG dequeue(std::span<rio::Result> results);

  // Room for `entries` more, by doubling where the queue is too small.
  std::error_code charge(DWORD entries);
  // Once the socket of the request queue that was charged is closed.
  void give_back(DWORD entries) { charged_ -= entries; }

  // After the sockets of its request queues. Completions still to come are dropped.
  void close();

 private:
  const rio::FunctionTable& rio_;
  DWORD size_;
  DWORD charged_ = 0;
  rio::CompletionQueue queue_ = rio::invalid_completion_queue;
};

}  // namespace recvbench
