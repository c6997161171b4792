// Threads and connections of the engines made of workers.
#include "engines/worker_engine.h"

#include <algorithm>
#include <utility>

#include "platform/error.h"

namespace recvbench {
namespace {

// The body of one engine thread.
void run_worker(Worker& worker, ReceiveSink& sink) {
  try {
    worker.run(sink);
    worker.close_all(sink, canceled_error());
  } catch (const std::system_error& error) {
    worker.close_all(sink, error.code());
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
  // Before the socket closes: whoever sees it closed may count on the room.
  inbox_.release();
}

WorkerEngine::WorkerEngine(std::string_view name, const EngineSettings& settings, MakeWorker make_worker,
                           Growth growth)
    : name_(name),
      settings_(settings),
      make_worker_(std::move(make_worker)),
      growth_(growth),
      threads_(name, settings) {}

WorkerEngine::~WorkerEngine() {
  WorkerEngine::stop();
}

void WorkerEngine::start(ReceiveHandler& handler) {
  {
    const std::lock_guard lock(mutex_);
    workers_.clear();
    handler_ = &handler;
  }
  try {
    for (int i = 0; i < std::max(1, settings_.threads); ++i) {
      const std::lock_guard lock(mutex_);
      add_worker();
    }
  } catch (...) {
    WorkerEngine::stop();
    workers_.clear();
    throw;
  }
}

void WorkerEngine::add(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (handler_ == nullptr) throw_error(canceled_error(), name_ + ": add", "an engine that is not running");
  const auto taken_by = [&](Worker& worker) {
    worker.admit(*connection);
    switch (worker.inbox().offer(connection)) {
      case Inbox::Answer::taken:
        worker.wake();
        return true;
      case Inbox::Answer::full:
        return false;
      case Inbox::Answer::closed:
        break;
    }
    throw_error(canceled_error(), name_ + ": add", "a thread that has ended");
  };
  const std::size_t first = next_worker_++;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    if (taken_by(*workers_[(first + i) % workers_.size()])) return;
  }
  if (growth_ == Growth::on_demand && taken_by(add_worker())) return;
  throw_error(std::make_error_code(std::errc::too_many_files_open), name_ + ": add",
              "a connection past the limit of " + std::to_string(workers_.size()) + " full threads");
}

void WorkerEngine::stop() {
  {
    const std::lock_guard lock(mutex_);
    handler_ = nullptr;
    for (const auto& worker : workers_) {
      worker->inbox().close();
      worker->wake();
    }
  }
  // Unlocked: a callback may ask for counters() meanwhile. No thread is added any more.
  threads_.join();
}

EngineCounters WorkerEngine::counters() const {
  const std::lock_guard lock(mutex_);
  EngineCounters sum;
  for (const auto& worker : workers_) sum += worker->counters().snapshot();
  return sum;
}

Worker& WorkerEngine::add_worker() {
  Worker& worker = *workers_.emplace_back(make_worker_(settings_));
  try {
    threads_.start(*handler_, [&worker](ReceiveSink& sink) { run_worker(worker, sink); });
  } catch (...) {
    workers_.pop_back();
    throw;
  }
  return worker;
}

}  // namespace recvbench
