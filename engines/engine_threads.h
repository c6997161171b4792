// The threads of an engine: named, pinned, each with its sink before it runs.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engines/engine.h"

namespace recvbench {

// Makes the calling thread thread `index` of an engine: named "<engine>-<index>", pinned to cpus[index %
// size] unless there are none, with its sink. Throws what kept it from being so.
ReceiveSink& become_engine_thread(const std::string& engine, std::size_t index, const std::vector<int>& cpus,
                                  ReceiveHandler& handler);

// Calls on one object are not synchronised.
class EngineThreads {
 public:
  EngineThreads(std::string_view name, const EngineSettings& settings) : name_(name), cpus_(settings.cpus) {}
  ~EngineThreads() { join(); }
  EngineThreads(const EngineThreads&) = delete;
  EngineThreads& operator=(const EngineThreads&) = delete;

  // Starts one more thread, "<name>-<index>", pinned as the settings say, which calls `body` with its sink
  // and ends. Returns once the thread is set up; throws what kept it from being so, and there is then no such
  // thread. An exception out of `body` ends the process: no one is left who could answer it.
  void start(ReceiveHandler& handler, std::function<void(ReceiveSink&)> body);

  std::size_t size() const { return threads_.size(); }

  // Returns when every body has; the next start() begins again at index 0.
  void join();

 private:
  const std::string name_;
  const std::vector<int> cpus_;
  std::vector<std::thread> threads_;
};

}  // namespace recvbench
