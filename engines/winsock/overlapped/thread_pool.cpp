// The pool's threads, and how each becomes an engine's.
#include "engines/winsock/overlapped/thread_pool.h"

#include <algorithm>
#include <chrono>

#include "engines/engine_threads.h"
#include "platform/error.h"

namespace recvbench {
namespace {

constexpr std::chrono::seconds muster_limit{30};
constexpr DWORD thread_end_limit_ms = 1000;

PTP_POOL create_pool() {
  const PTP_POOL pool = CreateThreadpool(nullptr);
  if (!pool) throw_error(last_system_error(), "CreateThreadpool");
  return pool;
}

}  // namespace

Pool::Pool(DWORD threads) : pool_(create_pool()) {
  InitializeThreadpoolEnvironment(&environment_);
  SetThreadpoolCallbackPool(&environment_, pool_);
  SetThreadpoolThreadMaximum(pool_, threads);
  if (!SetThreadpoolThreadMinimum(pool_, threads)) {
    const std::error_code error = last_system_error();
    CloseThreadpool(pool_);
    throw_error(error, "SetThreadpoolThreadMinimum", std::to_string(threads) + " threads");
  }
}

Pool::~Pool() {
  DestroyThreadpoolEnvironment(&environment_);
  CloseThreadpool(pool_);
}

PoolWork::PoolWork(PTP_WORK_CALLBACK callback, void* context, PTP_CALLBACK_ENVIRON environment)
    : work_(CreateThreadpoolWork(callback, context, environment)) {
  if (!work_) throw_error(last_system_error(), "CreateThreadpoolWork");
}

PoolWork::~PoolWork() {
  WaitForThreadpoolWorkCallbacks(work_, FALSE);
  CloseThreadpoolWork(work_);
}

ThreadSlot::ThreadSlot() : index_(TlsAlloc()) {
  if (index_ == TLS_OUT_OF_INDEXES) throw_error(last_system_error(), "TlsAlloc");
}

void ThreadSlot::set(void* value) {
  if (!TlsSetValue(index_, value)) throw_error(last_system_error(), "TlsSetValue");
}

ThreadEnd::ThreadEnd() : thread_(OpenThread(SYNCHRONIZE, FALSE, GetCurrentThreadId())) {
  if (!thread_) throw_error(last_system_error(), "OpenThread", "SYNCHRONIZE");
}

ThreadEnd::~ThreadEnd() {
  WaitForSingleObject(thread_, thread_end_limit_ms);
  CloseHandle(thread_);
}

ThreadPool::ThreadPool(std::string_view engine, const EngineSettings& settings, ReceiveHandler& handler)
    : engine_(engine),
      cpus_(settings.cpus),
      size_(static_cast<std::size_t>(std::max(1, settings.threads))),
      handler_(handler),
      pool_(static_cast<DWORD>(size_)) {
  // A pool does not tell of its threads. But where each holds on to the call it has been given until all of
  // them have one, every call is on a thread of its own, and what fails there is known here.
  PoolWork work(&ThreadPool::on_muster, this, environment());
  for (std::size_t i = 0; i < size_; ++i) work.submit();
  std::unique_lock lock(mutex_);
  const bool complete = mustered_.wait_for(lock, muster_limit, [this] { return present_ == size_; });
  over_ = true;
  mustered_.notify_all();
  if (failure_) std::rethrow_exception(failure_);
  if (!complete) {
    throw_error(std::make_error_code(std::errc::timed_out), "CreateThreadpool",
                std::to_string(present_) + " of " + std::to_string(size_) + " threads came");
  }
}

void CALLBACK ThreadPool::on_muster(PTP_CALLBACK_INSTANCE, void* pool, PTP_WORK) noexcept {
  static_cast<ThreadPool*>(pool)->muster();
}

void ThreadPool::muster() noexcept {
  std::exception_ptr failure;
  try {
    this_thread();
  } catch (...) {
    failure = std::current_exception();
  }
  std::unique_lock lock(mutex_);
  if (!failure_) failure_ = failure;
  ++present_;
  mustered_.notify_all();
  mustered_.wait(lock, [this] { return over_; });
}

PoolThread& ThreadPool::set_up_thread() {
  // One after the other, for the order of their names.
  const std::lock_guard lock(mutex_);
  ends_.emplace_back();
  PoolThread& thread = threads_.emplace_back(become_engine_thread(engine_, threads_.size(), cpus_, handler_));
  slot_.set(&thread);
  return thread;
}

EngineCounters ThreadPool::counters() const {
  const std::lock_guard lock(mutex_);
  EngineCounters sum;
  for (const auto& thread : threads_) sum += thread.counters.snapshot();
  return sum;
}

}  // namespace recvbench
