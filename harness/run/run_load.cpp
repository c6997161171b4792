#include "harness/run/run_load.h"

#include <algorithm>

#include "harness/run/ip_version.h"

namespace recvbench {

namespace {

// At a given rate only messages that are due already share a send: a backlog is caught up in few calls.
constexpr std::uint32_t most_late_messages_per_send = 64;

}  // namespace

std::uint64_t load_seed(std::uint64_t seed, std::uint32_t round) {
  return seed * 10'007 + round;
}

LoadPlan load_plan(const Scenario& scenario, std::uint32_t round, const RunOptions& options,
                   std::uint64_t run_id, std::uint16_t port) {
  LoadPlan plan;
  plan.run_id = run_id;
  plan.hosts = receiver_hosts(scenario.ip);
  plan.port = port;
  plan.protocol = scenario.protocol;
  plan.workload = scenario.workload;
  plan.mode = scenario.mode();
  plan.connections = scenario.connections;
  plan.size_bytes = scenario.size_bytes;
  plan.idle_connections = scenario.idle_connections;
  plan.messages_per_connection = scenario.messages_per_connection;
  plan.close = scenario.close;
  plan.slow = scenario.slow;
  plan.arrival = scenario.arrival;
  plan.rate_per_s = scenario.rate_per_s.value_or(0);
  plan.seed = load_seed(options.seed, round);
  plan.think_ns = scenario.think_ns;
  plan.messages_per_send =
      plan.mode == LoadMode::open ? most_late_messages_per_send : scenario.messages_per_send;
  plan.in_flight = options.in_flight;
  plan.max_outstanding = options.max_outstanding;
  plan.threads = std::min(options.load_threads, static_cast<int>(scenario.connections));
  plan.cpus = options.load_cpus;
  plan.verify = options.verify;
  plan.warmup_ns = options.warmup_ns;
  plan.duration_ns = options.duration_ns;
  plan.drain_ns = options.drain_ns;
  return plan;
}

}  // namespace recvbench
