// The queues behind the RIO emulation (rio/emulation.h):
//
//   completion queue   a private completion port, and a list of what was taken from it and not yet dequeued
//   request queue      two lanes (receives, sends) of OVERLAPPEDs on one socket, bound to that port
//   RIOReceive         WSARecv or WSARecvMsg, and RIOSend WSASend (rio/emulated_socket.h); deferred requests
//                      wait in their lane for the commit
//   RIODequeue...      GetQueuedCompletionStatusEx with timeout 0
//   RIONotify          a thread for each completion queue, which waits at the port while it is asked to
//
// A lane hands its completions over in the order of its requests. That keeps a socket's receives in
// stream order although two threads take packets from the port: the watching one, and the caller's if
// it polls meanwhile.
//
// RIO leaves its queues unprotected: "access should be coordinated by a critical section, slim reader write
// lock or similar mechanism" (RIOCreateCompletionQueue). Where two calls overlap on one queue, the emulation
// notices and the completion queue is corrupt from then on, as RIODequeueCompletion has it: "due to memory
// corruption or misuse of the RIO functions".
#pragma once

#include <winsock2.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "engines/winsock/rio/abi.h"
#include "engines/winsock/rio/emulated_request_queue.h"

namespace recvbench {

// Where an int is returned, it is 0 or a Winsock error, and nothing was done.
class EmulatedCq {
 public:
  // Throws std::bad_alloc or std::system_error where there is no port or no thread to be had.
  EmulatedCq(DWORD size, const rio::Notification* notification);
  ~EmulatedCq();
  EmulatedCq(const EmulatedCq&) = delete;
  EmulatedCq& operator=(const EmulatedCq&) = delete;

  // Cancels what is pending and takes it back. False where that was not done within the bound: the object
  // must then never be destroyed, for the system may still write to its requests.
  bool shut_down();

  // Null with `error` set where there is no room; throws std::system_error where the socket cannot be used.
  EmulatedRq* create_queue(SOCKET socket, ULONG receives, ULONG sends, void* context, int& error);
  int resize_queue(EmulatedRq& queue, ULONG receives, ULONG sends);
  int resize(DWORD size);

  int post(EmulatedRq& queue, const EmulatedArguments& arguments);
  // May overlap any call.
  void commit(EmulatedRq& queue, bool send);
  ULONG dequeue(rio::Result* results, ULONG size);
  INT notify();

 private:
  struct Packets;

  void watch();
  void take_packets(DWORD timeout_ms);
  void complete(const Packets& packets);
  void complete(EmulatedRequest& request, LONG status, ULONG bytes);
  void fire();
  void fail();
  void issue_committed(EmulatedRq& queue, bool send);
  void issue(EmulatedRequest& request);
  bool make_room(std::uint64_t wanted);
  std::uint64_t free_entries() const { return size_ > charged_ ? size_ - charged_ : 0; }

  const HANDLE port_;
  std::atomic<bool> in_use_{false};  // by a call
  std::optional<rio::Notification> notification_;
  std::mutex mutex_;  // guards what follows, but the thread
  std::uint64_t size_;
  std::uint64_t charged_ = 0;  // sum of the request queues' limits
  std::list<EmulatedRq> queues_;
  std::uint64_t issued_ = 0;   // requests that the system has
  EmulatedRequestList ready_;  // completed, not dequeued
  std::uint64_t ready_count_ = 0;
  std::uint64_t ready_notifying_ = 0;  // those without dont_notify
  bool armed_ = false;                 // a notification is asked for and has not been given
  bool closing_ = false;
  bool failed_ = false;             // corrupt
  std::condition_variable wanted_;  // armed_ or closing_
  std::thread watcher_;
};

}  // namespace recvbench
