// The emulation's request queue: the requests of one socket, in their order. How it fits in:
// rio_emulated_completion_queue.h.
#pragma once

#include <winsock2.h>

#include <cstddef>
#include <cstring>
#include <deque>

namespace recvbench {

class EmulatedCq;
class EmulatedRq;

// One request, its OVERLAPPED in front. Lives in its request queue's storage until that queue is gone.
struct EmulatedRequest : OVERLAPPED {
  EmulatedRequest* next = nullptr;
  EmulatedRq* queue = nullptr;
  WSABUF buffer{};
  void* context = nullptr;
  LONG status = 0;
  ULONG bytes = 0;
  bool send = false;
  bool notifies = false;
  bool issued = false;
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

// Tells a socket from another that got the same handle later.
class SocketIdentity {
 public:
  explicit SocketIdentity(SOCKET socket) : local_(socket, getsockname), peer_(socket, getpeername) {}

  // The socket this was taken from is closed. A connection that was reset keeps its own address.
  bool is_gone(const SocketIdentity& now) const {
    return local_.known() && (!(now.local_ == local_) || (now.peer_.known() && !(now.peer_ == peer_)));
  }

 private:
  struct Name {
    template <class Ask>
    Name(SOCKET socket, Ask ask) {
      if (ask(socket, reinterpret_cast<sockaddr*>(&address), &bytes) != 0) bytes = 0;
    }
    bool known() const { return bytes != 0; }
    bool operator==(const Name& other) const {
      return bytes == other.bytes &&
             std::memcmp(&address, &other.address, static_cast<std::size_t>(bytes)) == 0;
    }

    sockaddr_storage address{};
    int bytes = sizeof(address);
  };

  Name local_;
  Name peer_;
};

// Everything under the mutex of its completion queue.
class EmulatedRq {
 public:
  // One direction of a request queue.
  struct Lane {
    ULONG limit = 0;
    ULONG outstanding = 0;         // from the request until its completion was dequeued
    EmulatedRequestList in_order;  // not yet handed to the completion queue, deferred ones included
  };

  EmulatedRq(EmulatedCq& cq, SOCKET socket, ULONG receives, ULONG sends, void* context)
      : completion_queue(cq), socket_(socket), context_(context), identity_(socket) {
    resize(receives, sends);
  }

  EmulatedCq& completion_queue;

  ULONG charge() const { return closed_ ? 0 : receives_.limit + sends_.limit; }
  bool idle() const { return receives_.outstanding + sends_.outstanding == 0; }
  bool closed() const { return closed_; }
  void set_closed() { closed_ = true; }
  SOCKET socket() const { return socket_; }
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

  // closesocket tells nobody in user mode, so it is found out by asking when it matters.
  bool socket_is_gone() const { return identity_.is_gone(SocketIdentity(socket_)); }

  Lane& lane(bool send) { return send ? sends_ : receives_; }

  // Null where the limit is reached.
  EmulatedRequest* new_request(bool send) {
    Lane& to = lane(send);
    if (to.outstanding >= to.limit) return nullptr;
    EmulatedRequest& request = free_.pop();
    static_cast<OVERLAPPED&>(request) = {};
    request.queue = this;
    request.send = send;
    request.status = 0;
    request.bytes = 0;
    request.issued = false;
    request.done = false;
    ++to.outstanding;
    to.in_order.push(request);
    return &request;
  }

  void dequeued(EmulatedRequest& request) {
    --lane(request.send).outstanding;
    free_.push(request);
  }

 private:
  const SOCKET socket_;
  void* const context_;
  const SocketIdentity identity_;
  Lane receives_;
  Lane sends_;
  std::deque<EmulatedRequest> storage_;  // grows without moving what is in flight
  EmulatedRequestList free_;
  bool closed_ = false;
};

}  // namespace recvbench
