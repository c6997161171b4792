// What engines of the shape "threads, each with its own share of the connections" have in common: making the
// workers and their threads, dealing out connections, the order to stop, summing the counters. The receive
// model itself, the waiting and the receiving, is all in the engine's own Worker.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "engines/engine.h"
#include "engines/engine_threads.h"
#include "engines/inbox.h"
#include "engines/worker_counters.h"

namespace recvbench {

// One thread of an engine and the connections it holds. Everything but admit() and wake() runs on that
// thread.
class Worker {
 public:
  // `capacity`: most connections this thread can wait for.
  explicit Worker(std::size_t capacity = std::numeric_limits<std::size_t>::max()) : inbox_(capacity) {}
  virtual ~Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Any thread: readies a connection that is about to be handed over (its socket's mode, say) or refuses it
  // by throwing std::system_error, which add() passes on.
  virtual void admit(Connection&) {}

  // Any thread: makes run()'s wait return, now or the next time it is entered.
  virtual void wake() noexcept = 0;

  // The receive loop. Takes connections from inbox() whenever woken and returns once inbox().take() says so;
  // what is then left in connections_ is closed with canceled_error() by the caller, and must have nothing in
  // flight. Throws std::system_error where its wait fails: every connection it holds is then closed with that
  // error.
  virtual void run(ReceiveSink& sink) = 0;

  Inbox& inbox() { return inbox_; }
  const WorkerCounters& counters() const { return counters_; }

  // Closes the inbox, then calls on_close for everything left, there and in connections_, and destroys it.
  void close_all(ReceiveSink& sink, std::error_code error);

 protected:
  // Calls on_close for this one and destroys it, which closes the socket.
  void finish(std::unique_ptr<Connection> connection, ReceiveSink& sink, std::error_code error);

  WorkerCounters counters_;
  // This thread's connections in the worker's own order; null = a free place.
  std::vector<std::unique_ptr<Connection>> connections_;

 private:
  Inbox inbox_;
};

class WorkerEngine : public ReceiveEngine {
 public:
  // Throws std::system_error where the worker's resources cannot be had.
  using MakeWorker = std::function<std::unique_ptr<Worker>(const EngineSettings&)>;

  // Fixed: a connection that finds every worker full is refused. On demand: it gets one more worker.
  enum class Growth { fixed, on_demand };

  // Threads are named "<name>-<index>". Makes max(1, settings.threads) workers at every start().
  WorkerEngine(std::string_view name, const EngineSettings& settings, MakeWorker make_worker,
               Growth growth = Growth::fixed);
  ~WorkerEngine() override;

  void start(ReceiveHandler& handler) override;
  // Round robin over the workers that have room.
  void add(std::unique_ptr<Connection> connection) override;
  void stop() override;
  EngineCounters counters() const override;

 private:
  Worker& add_worker();  // with mutex_ held, or before any other thread can call

  const std::string name_;
  const EngineSettings settings_;
  const MakeWorker make_worker_;
  const Growth growth_;
  mutable std::mutex mutex_;                      // guards what follows; held by no engine thread
  ReceiveHandler* handler_ = nullptr;             // null = not running
  std::vector<std::unique_ptr<Worker>> workers_;  // kept after stop() for their counters
  EngineThreads threads_;
  std::size_t next_worker_ = 0;
};

}  // namespace recvbench
