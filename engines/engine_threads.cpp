// Start-up of engine threads.
#include "engines/engine_threads.h"

#include <exception>
#include <future>
#include <utility>

#include "platform/error.h"
#include "platform/thread.h"

namespace recvbench {

ReceiveSink& become_engine_thread(const std::string& engine, std::size_t index, const std::vector<int>& cpus,
                                  ReceiveHandler& handler) {
  set_thread_name(engine + "-" + std::to_string(index));
  if (!cpus.empty()) {
    const int cpu = cpus[index % cpus.size()];
    if (const auto error = pin_current_thread(cpu)) {
      throw_error(error, "pin_current_thread", "cpu " + std::to_string(cpu));
    }
  }
  return handler.attach_thread();
}

void EngineThreads::start(ReceiveHandler& handler, std::function<void(ReceiveSink&)> body) {
  const std::size_t index = threads_.size();
  std::promise<void> ready;
  auto set_up = ready.get_future();
  threads_.emplace_back([this, index, &handler, body = std::move(body), ready = std::move(ready)]() mutable {
    ReceiveSink* sink = nullptr;
    try {
      sink = &become_engine_thread(name_, index, cpus_, handler);
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
