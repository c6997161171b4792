// results_sample DIRECTORY: writes a run directory with random latencies through the same code as real runs,
// for the tests that read results with other tools.
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <random>

#include "platform/clock.h"
#include "results/environment.h"
#include "results/run_directory.h"

namespace recvbench {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

// `count` latencies spread evenly over `seconds`, with a log-normal body of the given median.
IntervalHistograms random_stream(std::mt19937_64& random, std::uint64_t count, std::uint64_t seconds,
                                 double log_median_ns) {
  std::lognormal_distribution<double> latency(log_median_ns, 1.3);
  LatencyRecorder recorder(0);
  for (std::uint64_t i = 0; i < count; ++i) {
    recorder.record(i * seconds * second / count, static_cast<std::int64_t>(latency(random)));
  }
  IntervalHistograms intervals;
  recorder.collect(intervals);
  return intervals;
}

nlohmann::json description(const char* status, int runs) {
  const BuildInfo build = build_info();
  return {{"schema", {{"name", "recvbench.results"}, {"major", 1}, {"minor", 0}}},
          {"tool", {{"name", "recvbench"}, {"version", build.version}, {"git_revision", build.git_revision}}},
          {"environment", environment_json()},
          {"command", {"results_sample"}},
          {"configuration", nlohmann::json::object()},
          {"seed", 1},
          {"engines", nlohmann::json::array({"null"})},
          {"plan",
           {{{"index", 0},
             {"round", 0},
             {"cell", "null/tcp-sink"},
             {"engine", "null"},
             {"scenario", "tcp-sink"}}}},
          {"skipped", {{{"engine", "rio"}, {"reason", "not here"}}}},
          {"started", "2026-01-01T00:00:00Z"},
          {"finished", nullptr},
          {"status", status},
          {"error", nullptr},
          {"generator_ceiling", nullptr},
          {"runs_valid", runs},
          {"runs_total", runs}};
}

RunRecord record_of(std::uint32_t index, const RunStreams& streams) {
  RunRecord record;
  record.index = index;
  record.cell = "null/tcp-sink";
  record.engine.name = "null";
  record.engine.label = "null";
  record.engine.platform = platform_name();
  record.engine.cpus = {0};
  record.scenario = {"tcp-sink", "tcp", "sink", "open", 8, 64, 10'000.0};
  record.scenario.sizes = "64B";
  record.started_unix_ns = streams.start_unix_ns;
  record.duration_ns = 5 * second;
  record.valid = index % 2 == 0;
  if (!record.valid) record.reasons = {{"lost", "sent 2, received 1"}};
  record.warnings = {{"short-warmup", "0 s"}};
  record.latency_kind = "one-way";
  record.response = summarize(total(streams.response));
  record.service = summarize(total(streams.service));
  record.generator.platform = platform_name();
  record.generator.slip = summarize(total(streams.slip));
  record.cost.excludes = {"wineserver"};
  return record;
}

void write_sample(const std::filesystem::path& path) {
  std::mt19937_64 random(1);
  RunDirectory directory(path, description("running", 0));
  // From nothing over too few for a p99 to enough for a p99.99; the last one without a slip stream.
  const std::uint64_t counts[] = {0, 1, 7, 999, 1'000, 12'345, 200'001};
  for (std::uint32_t index = 0; index < std::size(counts); ++index) {
    RunStreams streams;
    streams.start_unix_ns = unix_time_ns() + static_cast<std::int64_t>(index * 6 * second);
    streams.response = random_stream(random, counts[index], 5, 10.8);
    streams.service = random_stream(random, counts[index], 5, 9.2);
    if (index + 1 < std::size(counts)) streams.slip = random_stream(random, counts[index], 5, 7.0);
    directory.append(record_of(index, streams), streams);
  }
  directory.write_description(description("complete", static_cast<int>(std::size(counts))));
}

}  // namespace
}  // namespace recvbench

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: results_sample DIRECTORY\n";
    return 2;
  }
  try {
    recvbench::write_sample(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << "results_sample: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
