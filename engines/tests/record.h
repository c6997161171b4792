// What an engine under injected faults has delivered and how its connections ended, waited for with a limit.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <system_error>
#include <vector>

#include "engines/engine.h"

namespace recvbench {

// One sink for all threads, behind a lock: what is tested with it has no figures to spoil.
class Record final : public ReceiveHandler, public ReceiveSink {
 public:
  ReceiveSink& attach_thread() override { return *this; }

  bool on_receive(Connection&, std::span<const std::byte> bytes) override {
    const std::lock_guard lock(mutex_);
    bytes_ += bytes.size();
    ++receives_;
    changed_.notify_all();
    return true;
  }
  void on_close(Connection&, std::error_code error) override {
    const std::lock_guard lock(mutex_);
    closed_.push_back(error);
    changed_.notify_all();
  }

  // False where they do not come within the limit.
  bool wait_bytes(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return bytes_ >= count; });
  }
  // How connections ended, in order, once `count` have; fewer where they do not within the limit.
  std::vector<std::error_code> wait_closed(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [&] { return closed_.size() >= count; });
    return closed_;
  }
  std::size_t receives() {
    const std::lock_guard lock(mutex_);
    return receives_;
  }

 private:
  static constexpr std::chrono::seconds limit{20};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t bytes_ = 0;
  std::size_t receives_ = 0;
  std::vector<std::error_code> closed_;
};

}  // namespace recvbench
