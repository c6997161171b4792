#include "harness/doctor/noise_runs.h"

#include <array>
#include <stdexcept>

#include "engines/catalog.h"

namespace recvbench {

namespace {

RunOptions options_of(const NoisePlan& plan) {
  RunOptions options;
  options.warmup_ns = plan.warmup_ns;
  options.duration_ns = plan.duration_ns;
  options.drain_ns = 2'000'000'000;
  options.generator = plan.generator;
  return options;
}

Scenario latency_scenario() {
  Scenario scenario;
  scenario.rate_per_s = 5'000;
  return scenario;
}

Scenario throughput_scenario() {
  Scenario scenario;
  scenario.connections = 8;
  return scenario;
}

}  // namespace

const EngineDescriptor& noise_engine() {
  for (const char* name : {"iocp", "epoll", "poll", "select"}) {
    const EngineDescriptor* engine = find_engine(name);
    if (engine != nullptr && engine->probe().available) return *engine;
  }
  throw std::runtime_error("no engine to measure noise with runs here");
}

NoiseCheck measure_noise(const NoisePlan& plan, const EngineDescriptor& engine, const Execute& execute,
                         const std::function<bool()>& interrupted) {
  NoiseCheck check;
  check.engine = engine.name;
  check.plan = plan;
  const RunOptions options = options_of(plan);
  const auto run = [&](const Scenario& scenario) -> RunRecord {
    PlannedRun planned;
    planned.index = static_cast<std::uint32_t>(check.runs);
    planned.variant = {&engine, options.engine, std::string(engine.name)};
    planned.scenario = scenario;
    RunRecord record = execute(planned, options).record;
    ++check.runs;
    check.valid_runs += record.valid ? 1u : 0u;
    if (!record.valid && check.first_reason.empty())
      check.first_reason = record.reasons.front().code + ": " + record.reasons.front().detail;
    return record;
  };
  std::vector<NoisePair> pairs;
  for (std::size_t pair = 0; pair < plan.pairs; ++pair) {
    // latency A, latency B, throughput A, throughput B: the two sides of a ratio lie back to back.
    std::array<NoiseSample, 2> sides;
    for (const bool latency : {pair % 2 == 0, pair % 2 != 0}) {
      for (NoiseSample& side : sides) {
        if (interrupted()) {
          check.metrics = noise_of(pairs);
          return check;
        }
        const RunRecord record = run(latency ? latency_scenario() : throughput_scenario());
        if (!record.valid) continue;
        if (!latency) {
          side.messages_per_s = record.rates.received_per_s;
          side.cpu_ns_per_message = record.cost.cpu_ns_per_message;
        } else if (record.response) {
          side.p50_ns = static_cast<double>(record.response->p50_ns);
          if (record.response->p99_ns) side.p99_ns = static_cast<double>(*record.response->p99_ns);
        }
      }
    }
    pairs.emplace_back(sides[0], sides[1]);
  }
  check.metrics = noise_of(pairs);
  return check;
}

std::uint64_t expected_ns(const NoisePlan& plan) {
  return plan.pairs * runs_a_pair * expected_run_ns(options_of(plan));
}

}  // namespace recvbench
