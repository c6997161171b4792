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

LoadPlan load_plan(const PlannedRun& run, const RunOptions& options, std::uint64_t run_id,
                   std::uint16_t port) {
  LoadPlan plan;
  plan.run_id = run_id;
  plan.hosts = receiver_hosts(run.scenario.ip);
  plan.port = port;
  plan.protocol = run.scenario.protocol;
  plan.workload = run.scenario.workload;
  plan.mode = run.scenario.mode();
  plan.connections = run.scenario.connections;
  plan.size_bytes = run.scenario.size_bytes;
  plan.idle_connections = run.scenario.idle_connections;
  plan.messages_per_connection = run.scenario.messages_per_connection;
  plan.close = run.scenario.close;
  plan.slow = run.scenario.slow;
  plan.arrival = run.scenario.arrival;
  plan.rate_per_s = run.scenario.rate_per_s.value_or(0);
  plan.seed = load_seed(options.seed, run.round);
  plan.think_ns = run.scenario.think_ns;
  plan.messages_per_send =
      plan.mode == LoadMode::open ? most_late_messages_per_send : run.scenario.messages_per_send;
  plan.in_flight = options.in_flight;
  plan.max_outstanding = options.max_outstanding;
  plan.threads = std::min(options.load_threads, static_cast<int>(run.scenario.connections));
  plan.cpus = options.load_cpus;
  plan.verify = options.verify;
  plan.warmup_ns = options.warmup_ns;
  plan.duration_ns = options.duration_ns;
  plan.drain_ns = options.drain_ns;
  return plan;
}

}  // namespace recvbench
