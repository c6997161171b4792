#include "loadgen/arrival_process.h"

#include <cmath>
#include <random>

namespace recvbench {

namespace {

// Numbers 0, 1, 2, ... go to the connections in turn; walks those of one worker's connections.
class Turns {
 public:
  Turns(const LoadPlan& plan, std::uint32_t worker) noexcept
      : worker_(worker),
        workers_(static_cast<std::uint32_t>(plan.threads)),
        connections_(plan.connections),
        connection_(worker) {}

  std::uint64_t number() const noexcept { return round_ * connections_ + connection_; }
  std::uint32_t own_index() const noexcept { return own_index_; }
  void advance() noexcept {
    ++own_index_;
    connection_ += workers_;
    if (connection_ < connections_) return;
    connection_ = worker_;
    own_index_ = 0;
    ++round_;
  }

 private:
  std::uint32_t worker_;
  std::uint32_t workers_;
  std::uint32_t connections_;
  std::uint64_t connection_;
  std::uint32_t own_index_ = 0;
  std::uint64_t round_ = 0;
};

// Burst b of the whole load (b = 0, 1, ...) is due at b * burst / rate, on connection b mod connections: the
// connections are staggered evenly. Times are computed from b: rounding errors do not add up, and stay below
// 0.01 ns in ten hours at 10 million messages a second.
class RegularArrivals final : public ArrivalProcess {
 public:
  RegularArrivals(const LoadPlan& plan, std::uint32_t worker, std::uint32_t burst) noexcept
      : turns_(plan, worker), burst_(burst), rate_per_s_(plan.rate_per_s) {}

  Arrival next() override {
    if (given_ == burst_) {
      given_ = 0;
      turns_.advance();
    }
    ++given_;
    const auto first = static_cast<double>(turns_.number() * burst_);
    return {static_cast<std::uint64_t>(first * 1e9 / rate_per_s_), turns_.own_index()};
  }

 private:
  Turns turns_;
  std::uint32_t burst_;
  std::uint32_t given_ = 0;  // of the current burst
  double rate_per_s_;
};

// Exponential gaps, t_{k+1} = t_k - ln(1 - U) / rate, at this worker's share of the rate. Every message goes
// to a connection picked at random, so that each connection's process is Poisson too, and the workers'
// together, being independent, are one of the whole rate.
class PoissonArrivals final : public ArrivalProcess {
 public:
  PoissonArrivals(const LoadPlan& plan, std::uint32_t worker) : random_(seeded(plan.seed, worker)) {
    const auto workers = static_cast<std::uint32_t>(plan.threads);
    own_connections_ = (plan.connections - worker + workers - 1) / workers;
    mean_gap_ns_ = 1e9 / plan.rate_per_s * plan.connections / own_connections_;
  }

  Arrival next() override {
    const double u = static_cast<double>(random_() >> 11) * 0x1p-53;  // 0 <= u < 1
    time_ns_ -= std::log1p(-u) * mean_gap_ns_;
    const std::uint64_t picked = ((random_() >> 32) * own_connections_) >> 32;
    return {static_cast<std::uint64_t>(time_ns_), static_cast<std::uint32_t>(picked)};
  }

 private:
  // The standard fixes what both give, on every platform; distributions it does not.
  static std::mt19937_64 seeded(std::uint64_t seed, std::uint32_t worker) {
    std::seed_seq sequence{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32), worker};
    return std::mt19937_64(sequence);
  }

  std::mt19937_64 random_;
  std::uint32_t own_connections_;
  double mean_gap_ns_;
  double time_ns_ = 0;  // exact to a nanosecond for weeks
};

}  // namespace

const char* to_string(ArrivalPattern::Kind kind) noexcept {
  switch (kind) {
    case ArrivalPattern::Kind::poisson:
      return "poisson";
    case ArrivalPattern::Kind::burst:
      return "burst";
    case ArrivalPattern::Kind::constant:
      break;
  }
  return "constant";
}

std::unique_ptr<ArrivalProcess> make_arrivals(const LoadPlan& plan, std::uint32_t worker) {
  switch (plan.arrival.kind) {
    case ArrivalPattern::Kind::poisson:
      return std::make_unique<PoissonArrivals>(plan, worker);
    case ArrivalPattern::Kind::burst:
      return std::make_unique<RegularArrivals>(plan, worker, plan.arrival.burst);
    case ArrivalPattern::Kind::constant:
      break;
  }
  return std::make_unique<RegularArrivals>(plan, worker, 1);
}

}  // namespace recvbench
