// The emulation's request queue: the requests of one socket, in their order. How it fits in:
// rio/emulated_completion_queue.h.
#pragma once

#include <winsock2.h>

#include <atomic>
#include <cstddef>
#include <deque>

#include "engines/winsock/rio/emulated_socket.h"

namespace recvbench {

class EmulatedCq;
class EmulatedRq;

// What a request is called with.
struct EmulatedArguments {
  bool send = false;
  WSABUF buffer{};
  EmulatedDetails details;
  DWORD flags = 0;  // RIO_MSG_*
  void* context = nullptr;
};

// One request. Lives in its request queue's storage until that queue is gone.
struct EmulatedRequest : EmulatedOperation {
  EmulatedRequest* next = nullptr;
  EmulatedRq* queue = nullptr;
  void* context = nullptr;
  LONG status = 0;
  ULONG bytes = 0;  // what earlier calls for it brought included (RIO_MSG_WAITALL)
  bool send = false;
  bool notifies = false;
  bool waits_for_all = false;
  bool committed = false;  // no longer deferred
  bool done = false;
};

// First in, first out, without allocating.
class EmulatedRequestList {
 public:
  bool empty() const { return head_ == nullptr; }
  EmulatedRequest* front() const { return head_; }
  void push(EmulatedRequest& request) {
    request.next = nullptr;
    (head_ == nullptr ? head_ : tail_->next) = &request;
    tail_ = &request;
  }
  EmulatedRequest& pop() {
    EmulatedRequest& first = *head_;
    head_ = first.next;
    return first;
  }

 private:
  EmulatedRequest* head_ = nullptr;
  EmulatedRequest* tail_ = nullptr;
};

// One direction of a request queue.
class EmulatedLane {
 public:
  ULONG limit = 0;
  ULONG outstanding = 0;         // from the request until its completion was dequeued
  EmulatedRequestList in_order;  // not yet handed to the completion queue, deferred ones included

  void push(EmulatedRequest& request) {
    in_order.push(request);
    if (unissued_ == nullptr) unissued_ = &request;
  }

  // Nothing is deferred any more.
  void commit() {
    for (EmulatedRequest* request = unissued_; request != nullptr; request = request->next) {
      request->committed = true;
    }
  }

  // The next one to hand to the system, or null. A receive that waits for all of its bytes holds those behind
  // it back: they would take its bytes.
  EmulatedRequest* next_to_issue() {
    if (unissued_ == nullptr || !unissued_->committed || filling_ != nullptr) return nullptr;
    EmulatedRequest* const request = unissued_;
    unissued_ = request->next;
    if (request->waits_for_all) filling_ = request;
    return request;
  }
  void finished(const EmulatedRequest& request) {
    if (filling_ == &request) filling_ = nullptr;
  }

 private:
  EmulatedRequest* unissued_ = nullptr;  // the first that the system has not got; the rest follow it
  EmulatedRequest* filling_ = nullptr;
};

// Everything but in_use under the mutex of its completion queue.
class EmulatedRq {
 public:
  // Throws what EmulatedSocket throws.
  EmulatedRq(EmulatedCq& cq, SOCKET socket, ULONG receives, ULONG sends, void* context)
      : completion_queue(cq), socket_(socket), context_(context) {
    resize(receives, sends);
  }

  EmulatedCq& completion_queue;
  std::atomic<bool> in_use{false};  // by a call

  ULONG charge() const { return closed_ ? 0 : receives_.limit + sends_.limit; }
  bool idle() const { return receives_.outstanding + sends_.outstanding == 0; }
  bool closed() const { return closed_; }
  void set_closed() { closed_ = true; }
  EmulatedSocket& socket() { return socket_; }
  const EmulatedSocket& socket() const { return socket_; }
  void* context() const { return context_; }
  bool fits(ULONG receives, ULONG sends) const {
    return receives_.outstanding <= receives && sends_.outstanding <= sends;
  }

  // The limits; the storage only grows, for the system may still write into any request's OVERLAPPED.
  void resize(ULONG receives, ULONG sends) {
    while (storage_.size() < std::size_t{receives} + sends) free_.push(storage_.emplace_back());
    receives_.limit = receives;
    sends_.limit = sends;
  }

  EmulatedLane& lane(bool send) { return send ? sends_ : receives_; }

  // Null where the limit is reached.
  EmulatedRequest* new_request(const EmulatedArguments& arguments) {
    EmulatedLane& to = lane(arguments.send);
    if (to.outstanding >= to.limit) return nullptr;
    EmulatedRequest& request = free_.pop();
    request = {};
    request.queue = this;
    request.buffer = arguments.buffer;
    request.details = arguments.details;
    request.context = arguments.context;
    request.send = arguments.send;
    request.notifies = (arguments.flags & rio::dont_notify) == 0;
    request.waits_for_all = (arguments.flags & rio::wait_all) != 0;
    ++to.outstanding;
    to.push(request);
    return &request;
  }

  void dequeued(EmulatedRequest& request) {
    --lane(request.send).outstanding;
    free_.push(request);
  }

 private:
  EmulatedSocket socket_;
  void* const context_;
  EmulatedLane receives_;
  EmulatedLane sends_;
  std::deque<EmulatedRequest> storage_;  // grows without moving what is in flight
  EmulatedRequestList free_;
  bool closed_ = false;
};

}  // namespace recvbench
