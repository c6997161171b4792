// From what was counted and sampled to the figures of a run's record. No I/O: what is to be known of the
// system beside it (Wine, the step of its CPU clock) is asked for where it matters.
#pragma once

#include <cstdint>
#include <optional>

#include "engines/engine.h"
#include "harness/plan/scenario.h"
#include "harness/receiver/message_accounting.h"
#include "loadgen/load_plan.h"
#include "platform/cost.h"
#include "results/latency_recorder.h"
#include "results/run_directory.h"
#include "results/run_record.h"
#include "results/window_sums.h"

namespace recvbench {

// What the receiver process has cost and received at one moment.
struct ReceiverSample {
  ProcessCost cost;
  std::optional<std::uint64_t> wineserver_ns;
  std::optional<std::uint64_t> cycles;
  std::uint64_t messages = 0;
};

// Of the window from `begin` to `end`.
void fill_cost(Cost& cost, const ReceiverSample& begin, const ReceiverSample& end);
// What making the connections has cost in memory, theirs and the engine's for them. Empty where it cannot be
// told.
std::optional<double> growth_per_connection(const ProcessCost& before, const ProcessCost& after,
                                            std::uint32_t connections);
// These need record.duration_ns.
void fill_receiver(RunRecord& record, const ReceiveTotals& totals, const EngineCounters& counters);
void fill_generator(RunRecord& record, const Scenario& scenario, const LoadResult& load, int threads);
// The generator knows what it sent, the receiver what it got; the rest is loss. `lost_at_socket`: what the
// system says it dropped there, where it says it.
DatagramCounts datagram_counts(const ReceiveTotals& totals, const LoadResult& load, bool echo,
                               std::optional<std::uint64_t> lost_at_socket);
ChurnRecord churn_record(const RunRecord& record, const LoadResult& load, const IntervalHistograms& accepts);
// `kind`: as RunRecord::latency_kind.
void fill_latency(RunRecord& record, RunStreams& streams, const char* kind);
// Only where the load ought to be steady.
void fill_steadiness(RunRecord& record, const WindowSeries& response, const WindowSeries& received,
                     const RunStreams& streams);

}  // namespace recvbench
