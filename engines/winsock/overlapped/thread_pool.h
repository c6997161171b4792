// A private pool of the system's threads (CreateThreadpool) that are an engine's threads: a fixed number of
// them, each named, pinned and with its sink before anything runs on it.
#pragma once

#include <winsock2.h>
#include <windows.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engines/engine.h"
#include "engines/worker_counters.h"

namespace recvbench {

// A pool and the callback environment that binds work, I/O objects and the like to it.
class Pool {
 public:
  // As many threads, no more and no fewer, which the system starts when it likes. Throws std::system_error.
  explicit Pool(DWORD threads);
  // Everything bound to it is closed. Its threads end by and by.
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  PTP_CALLBACK_ENVIRON environment() { return &environment_; }

 private:
  const PTP_POOL pool_;
  TP_CALLBACK_ENVIRON environment_;
};

// A function to be called by one of a pool's threads, as often as it is submitted.
class PoolWork {
 public:
  // Throws std::system_error.
  PoolWork(PTP_WORK_CALLBACK callback, void* context, PTP_CALLBACK_ENVIRON environment);
  // Waits for every call that was submitted.
  ~PoolWork();
  PoolWork(const PoolWork&) = delete;
  PoolWork& operator=(const PoolWork&) = delete;

  // Any thread. Cannot fail.
  void submit() noexcept { SubmitThreadpoolWork(work_); }

 private:
  const PTP_WORK work_;
};

// One pointer a thread, null at first.
class ThreadSlot {
 public:
  ThreadSlot();  // throws std::system_error
  ~ThreadSlot() { TlsFree(index_); }
  ThreadSlot(const ThreadSlot&) = delete;
  ThreadSlot& operator=(const ThreadSlot&) = delete;

  void* get() const noexcept { return TlsGetValue(index_); }
  void set(void* value);  // throws std::system_error

 private:
  const DWORD index_;
};

// The calling thread's end, for others to wait for.
class ThreadEnd {
 public:
  ThreadEnd();  // throws std::system_error
  // Waits for it, for a second at most: the thread is the system's, which does not promise when it ends.
  ~ThreadEnd();
  ThreadEnd(const ThreadEnd&) = delete;
  ThreadEnd& operator=(const ThreadEnd&) = delete;

 private:
  const HANDLE thread_;
};

// What one of the threads has of its own.
struct PoolThread {
  explicit PoolThread(ReceiveSink& own_sink) : sink(own_sink) {}

  ReceiveSink& sink;
  WorkerCounters counters;
};

class ThreadPool {
 public:
  // max(1, settings.threads) threads, named "<engine>-<index>", pinned as the settings say. Throws what kept
  // one of them from being set up; there is then no pool. `handler` must outlive it.
  ThreadPool(std::string_view engine, const EngineSettings& settings, ReceiveHandler& handler);
  // Everything bound to it is closed, and no callback runs. Waits for the threads to end.
  ~ThreadPool() = default;
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // For what is to run on these threads. Any thread, one at a time.
  PTP_CALLBACK_ENVIRON environment() { return pool_.environment(); }

  // In a callback on one of the threads: which one it is. Costs a look at the thread's slot.
  PoolThread& this_thread() {
    void* known = slot_.get();
    return known != nullptr ? *static_cast<PoolThread*>(known) : set_up_thread();
  }

  // Any time.
  EngineCounters counters() const;

 private:
  static void CALLBACK on_muster(PTP_CALLBACK_INSTANCE, void* pool, PTP_WORK) noexcept;
  void muster() noexcept;
  PoolThread& set_up_thread();

  const std::string engine_;
  const std::vector<int> cpus_;
  const std::size_t size_;
  ReceiveHandler& handler_;
  mutable std::mutex mutex_;
  std::condition_variable mustered_;
  std::size_t present_ = 0;     // threads at the muster
  bool over_ = false;           // the muster is
  std::exception_ptr failure_;  // the first to happen at it
  std::deque<PoolThread> threads_;
  ThreadSlot slot_;             // the thread's place in threads_
  std::deque<ThreadEnd> ends_;  // before the pool, so that they are destroyed, and waited for, after it
  Pool pool_;
};

}  // namespace recvbench
