// How a thread of the RIO engine learns that there are completions to dequeue: four answers to one question,
// one of which is chosen when the engine is made (setting `mode`).
//
//   event   RIONotify, then a wait for the queue's event               rio/wait_event.cpp
//   poll    no notification: one dequeue after the other               rio/wait_poll.cpp
//   spin    polls, and a notification once that was long in vain       rio/wait_spin.cpp
//   iocp    RIONotify, then a wait at a completion port                rio/wait_iocp.cpp
//
// The loop around all of them:
//
//   if (wait.needs_notify()) RIONotify(queue);
//   if (wait.wait(idle) == completions) wait.dequeued(RIODequeueCompletion(queue ...));
#pragma once

#include <winsock2.h>
#include <windows.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "engines/winsock/rio/abi.h"

namespace recvbench {

// One thread's waiting. Everything but wake() belongs to that thread.
class RioWait {
 public:
  enum class Reason { completions, woken };

  virtual ~RioWait() = default;

  // Any thread: wait() answers `woken`, the one under way or the next. It may do so once for several calls.
  void wake() noexcept {
    woken_.store(true, std::memory_order_relaxed);
    interrupt();
  }
  // wake() was called, and nobody has been told yet.
  bool woken() const noexcept { return woken_.load(std::memory_order_relaxed); }
  // The same, and tells: wait() need not say so any more, though it may.
  bool take_woken() noexcept {
    if (!woken()) return false;
    woken_.store(false, std::memory_order_relaxed);
    return true;
  }

  // Whether the next wait() counts on a notification, for which RIONotify must be called before it.
  virtual bool needs_notify() const { return true; }
  // Returns `completions` where a dequeue is worth while; it may find nothing. `idle`: no connection is open,
  // so that there is nothing to come. Throws std::system_error.
  virtual Reason wait(bool idle) = 0;
  // How many completions the dequeue after it has found.
  virtual void dequeued(ULONG) {}

 protected:
  // Any thread: ends the wait under way, or the next.
  virtual void interrupt() noexcept = 0;

  // wait()'s answer once its wait was interrupted. To be given before the cause is looked for, lest the next
  // one be lost.
  Reason answer_woken() noexcept {
    woken_.store(false, std::memory_order_relaxed);
    return Reason::woken;
  }

 private:
  std::atomic<bool> woken_{false};
};

// What one completion queue signals. Outlives the queue and its threads' waits.
class RioSignal {
 public:
  virtual ~RioSignal() = default;
  // For RIOCreateCompletionQueue; null = the queue is polled only.
  virtual rio::Notification* notification() = 0;
  // For one more thread that waits for this queue. Throws std::system_error.
  virtual std::unique_ptr<RioWait> new_wait() = 0;
};

// All throw std::system_error where what they wait for cannot be had.
std::unique_ptr<RioSignal> rio_event_signal();
std::unique_ptr<RioSignal> rio_poll_signal();
// `polls` empty dequeues in a row, then as `after` has it.
std::unique_ptr<RioSignal> rio_spin_signal(std::uint64_t polls, std::unique_ptr<RioSignal> after);
std::unique_ptr<RioSignal> rio_iocp_signal();

}  // namespace recvbench
