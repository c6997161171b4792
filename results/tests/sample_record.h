// A run record with a different value in every field, for tests.
#pragma once

#include "results/run_record.h"

namespace recvbench {

inline RunRecord sample_record() {
  const auto summary = [](std::int64_t base) {
    LatencySummary s;
    s.count = 123'456;
    s.min_ns = base;
    s.mean_ns = static_cast<double>(base) + 1.5;
    s.p50_ns = base + 2;
    s.p90_ns = base + 3;
    s.p99_ns = base + 4;
    s.p999_ns = base + 5;
    s.max_ns = base + 7;
    s.p50_ci_ns = {base + 8, base + 9};
    s.p99_ci_ns = {base + 10, base + 11};
    return s;
  };
  RunRecord record;
  record.index = 7;
  record.round = 2;
  record.cell = "iocp/tcp-sink-64B-c8-10k";
  record.probe = "confirm";
  record.engine = {"iocp",
                   "iocp:batch=64",
                   "GetQueuedCompletionStatus",
                   "windows",
                   true,
                   true,
                   4,
                   65536,
                   16,
                   {0, 3},
                   {{"batch", "64"}, {"skip-on-success", "on"}},
                   51};
  record.scenario = {"tcp-sink-64B-c8-10k-v6",
                     "tcp",
                     "sink",
                     "open",
                     8,
                     64,
                     10'000.5,
                     3,
                     "v6",
                     4,
                     "64B",
                     5,
                     100,
                     "abortive",
                     "poisson",
                     69,
                     SlowWritersRecord{71, 72, 73},
                     SlowReadersRecord{74, 75, 76}};
  record.started_unix_ns = 1'700'000'000'123'456'789;
  record.warmup_ns = 3'000'000'000;
  record.duration_ns = 10'000'000'000;
  record.valid = false;
  record.reasons = {{"lost", "sent 120000, received 119987"}, {"corrupt", "1 message, \"magic\""}};
  record.warnings = {{"short-warmup", "1 s"}};
  record.counts = {11, 12, 13, 14, 15, 50, 16, 17, 18, 19, 20, 21, 70};
  record.datagrams = {43, 44, 45, 46, 47, 48, 49};
  record.churn = {52, 53, 54.5,
                  LatencySummary{55, 56, 57.5, 58, 59, std::nullopt, std::nullopt, std::nullopt, 60,
                                 std::nullopt, std::nullopt, std::nullopt}};
  record.rates = {10'000.0, 9'999.5, 9'998.25, 639'888.0, true};
  record.latency_kind = "one-way";
  record.response = summary(1'000);
  record.service = summary(2'000);
  record.steadiness = {52, SeriesSteadiness{53, {0.54, 0.55}, {-0.56, 0.57}},
                       SeriesSteadiness{58, {0.59, 0.60}, {-0.61, 0.62}}, HalvesP99{63, 64, true}};
  record.fairness = {70, 0.71, FairnessP99{72, 73, 74, 75}};
  record.generator = {"linux", "0.1.0", 2, summary(3'000), 31, 0.75, {1, 2}, 70.5};
  record.cost = {32, 33, 65, 1'234.5, {"wineserver"}, 66, 34, 35, 36, 18'446'744'073'709'551'615u, 67.5, 68};
  record.calls = {37, 38, 39, 40, 41, 42};
  return record;
}

}  // namespace recvbench
