// Intended send times of an open-loop load at a constant rate. Pure: no clock, no state that drifts.
#pragma once

#include <cstdint>

namespace recvbench {

// Message k of the whole load (k = 0, 1, ...) is due at t0 + k / rate; it belongs to connection k mod
// connections, so that the connections are staggered evenly. Times are computed from k: rounding errors do
// not add up, and stay below 0.01 ns in ten hours at 10 million messages a second.
class ConstantSchedule {
 public:
  // rate_per_s > 0, over all connections.
  ConstantSchedule(std::uint64_t t0_ns, double rate_per_s) noexcept
      : t0_ns_(t0_ns), rate_per_s_(rate_per_s) {}

  std::uint64_t time_ns(std::uint64_t k) const noexcept {
    return t0_ns_ + static_cast<std::uint64_t>(static_cast<double>(k) * 1e9 / rate_per_s_);
  }

 private:
  std::uint64_t t0_ns_;
  double rate_per_s_;
};

// Walks the messages of one worker thread in the order they are due. Worker w of `workers` owns the
// connections w, w + workers, w + 2 workers, ...
class ScheduleCursor {
 public:
  // worker < workers <= connections.
  ScheduleCursor(std::uint32_t worker, std::uint32_t workers, std::uint32_t connections) noexcept
      : worker_(worker), workers_(workers), connections_(connections), connection_(worker) {}

  std::uint64_t k() const noexcept { return round_ * connections_ + connection_; }
  // Message number on its own connection, from 0, and that connection's index among the worker's own.
  std::uint64_t round() const noexcept { return round_; }
  std::uint32_t own_index() const noexcept { return own_; }
  void advance() noexcept {
    ++own_;
    connection_ += workers_;
    if (connection_ >= connections_) {
      connection_ = worker_;
      own_ = 0;
      ++round_;
    }
  }

 private:
  std::uint32_t worker_;
  std::uint32_t workers_;
  std::uint32_t connections_;
  std::uint64_t connection_;
  std::uint32_t own_ = 0;
  std::uint64_t round_ = 0;
};

}  // namespace recvbench
