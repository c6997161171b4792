// The A/A runs behind a machine's noise.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/doctor/noise.h"
#include "harness/plan/plan.h"
#include "harness/run/runner.h"

namespace recvbench {

struct NoisePlan {
  std::size_t pairs = 8;
  std::uint64_t warmup_ns = 100'000'000;
  std::uint64_t duration_ns = 500'000'000;
  std::filesystem::path generator;
};

// A pair is four runs: latency from 5,000 messages/s on one connection, throughput and CPU from as fast as
// possible on eight, each once a side.
inline constexpr std::size_t runs_a_pair = 4;

struct NoiseCheck {
  std::string engine;
  NoisePlan plan;
  std::vector<MetricNoise> metrics;
  std::size_t valid_runs = 0;
  std::size_t runs = 0;
  std::string first_reason;  // of the first run that was not valid: "generator-bound: ..."
};

// The engine for it: the platform's best-known fast one that runs here. Throws std::runtime_error where none
// does.
const EngineDescriptor& noise_engine();

using Execute = std::function<RunOutcome(const PlannedRun&, const RunOptions&)>;
// Sides alternate in which of a pair's cells comes first, so that drift falls on both alike. Ends early, with
// the pairs that are whole, where `interrupted`, asked before each run.
NoiseCheck measure_noise(const NoisePlan& plan, const EngineDescriptor& engine, const Execute& execute,
                         const std::function<bool()>& interrupted);

std::uint64_t expected_ns(const NoisePlan& plan);

}  // namespace recvbench
