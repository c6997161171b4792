// Threads and connections of the engines made of workers.
#include "engines/worker_engine.h"

#include <algorithm>
#include <exception>
#include <future>
#include <optional>
#include <utility>

#include "platform/error.h"
#include "platform/thread.h"

namespace recvbench {
namespace {

struct ThreadPlace {
  std::string name;
  std::optional<int> cpu;
};

// The body of one engine thread. `ready` says whether it could be set up; nothing may be delivered before.
void run_worker(Worker& worker, ReceiveHandler& handler, const ThreadPlace& place, std::promise<void> ready) {
  ReceiveSink* sink = nullptr;
  try {
    set_thread_name(place.name);
    if (place.cpu) {
      if (const auto error = pin_current_thread(*place.cpu)) {
        throw_error(error, "pin_current_thread", "cpu " + std::to_string(*place.cpu));
      }
    }
    sink = &handler.attach_thread();
  } catch (...) {
    ready.set_exception(std::current_exception());
    return;
  }
  ready.set_value();
  try {
    worker.run(*sink);
    worker.close_all(*sink, canceled_error());
  } catch (const std::system_error& error) {
    worker.close_all(*sink, error.code());
  }
}

}  // namespace

void Worker::close_all(ReceiveSink& sink, std::error_code error) {
  inbox_.close();
  inbox_.take(connections_);
  for (auto& connection : connections_) {
    if (connection) finish(std::move(connection), sink, error);
  }
  connections_.clear();
}

void Worker::finish(std::unique_ptr<Connection> connection, ReceiveSink& sink, std::error_code error) {
  sink.on_close(*connection, error);
  connection.reset();
  inbox_.release();
}

WorkerEngine::WorkerEngine(std::string_view name, const EngineSettings& settings, MakeWorker make_worker)
    : name_(name), settings_(settings), make_worker_(std::move(make_worker)) {}

WorkerEngine::~WorkerEngine() {
  close_and_join();
}

void WorkerEngine::start(ReceiveHandler& handler) {
  workers_.clear();
  const auto count = static_cast<std::size_t>(std::max(1, settings_.threads));
  try {
    for (std::size_t i = 0; i < count; ++i) workers_.push_back(make_worker_(settings_));
    std::vector<std::future<void>> started;
    for (std::size_t i = 0; i < count; ++i) {
      ThreadPlace place{name_ + "-" + std::to_string(i), {}};
      if (!settings_.cpus.empty()) place.cpu = settings_.cpus[i % settings_.cpus.size()];
      std::promise<void> ready;
      started.push_back(ready.get_future());
      threads_.emplace_back(run_worker, std::ref(*workers_[i]), std::ref(handler), std::move(place),
                            std::move(ready));
    }
    for (auto& one : started) one.get();
  } catch (...) {
    close_and_join();
    workers_.clear();
    throw;
  }
}

void WorkerEngine::add(std::unique_ptr<Connection> connection) {
  if (workers_.empty()) throw_error(canceled_error(), name_ + ": add", "an engine that is not started");
  const std::size_t first = next_worker_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker& worker = *workers_[(first + i) % workers_.size()];
    worker.admit(*connection);
    switch (worker.inbox().offer(connection)) {
      case Inbox::Answer::taken:
        worker.wake();
        return;
      case Inbox::Answer::closed:
        throw_error(canceled_error(), name_ + ": add", "an engine that has stopped");
      case Inbox::Answer::full:
        break;
    }
  }
  throw_error(std::make_error_code(std::errc::too_many_files_open), name_ + ": add",
              "a connection past the limit of " + std::to_string(workers_.size()) + " full threads");
}

void WorkerEngine::stop() {
  close_and_join();
}

EngineCounters WorkerEngine::counters() const {
  EngineCounters sum;
  for (const auto& worker : workers_) sum += worker->counters().snapshot();
  return sum;
}

void WorkerEngine::close_and_join() {
  for (const auto& worker : workers_) {
    worker->inbox().close();
    worker->wake();
  }
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace recvbench
