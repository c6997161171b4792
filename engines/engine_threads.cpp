// Start-up of engine threads.
#include "engines/engine_threads.h"

#include <exception>
#include <future>
#include <utility>

#include "platform/error.h"
#include "platform/thread.h"

namespace recvbench {
namespace {

void pin(int cpu) {
  if (const auto error = pin_current_thread(cpu)) {
    throw_error(error, "pin_current_thread", "cpu " + std::to_string(cpu));
  }
}

}  // namespace

void EngineThreads::start(ReceiveHandler& handler, std::function<void(ReceiveSink&)> body) {
  const std::size_t index = threads_.size();
  std::promise<void> ready;
  auto set_up = ready.get_future();
  threads_.emplace_back([this, index, &handler, body = std::move(body), ready = std::move(ready)]() mutable {
    ReceiveSink* sink = nullptr;
    try {
      set_thread_name(name_ + "-" + std::to_string(index));
      if (!cpus_.empty()) pin(cpus_[index % cpus_.size()]);
      sink = &handler.attach_thread();
    } catch (...) {
      ready.set_exception(std::current_exception());
      return;
    }
    ready.set_value();
    body(*sink);
  });
  try {
    set_up.get();
  } catch (...) {
    threads_.back().join();
    threads_.pop_back();
    throw;
  }
}

void EngineThreads::join() {
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace recvbench
