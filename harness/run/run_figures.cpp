#include "harness/run/run_figures.h"

#include <algorithm>

#include "harness/validity/steadiness.h"
#include "harness/validity/validity.h"
#include "platform/system_info.h"
#include "results/tail_interval.h"

namespace recvbench {

namespace {

constexpr std::uint64_t ns_per_s = 1'000'000'000;

double per_second(std::uint64_t count, std::uint64_t duration_ns) {
  return static_cast<double>(count) * static_cast<double>(ns_per_s) / static_cast<double>(duration_ns);
}

}  // namespace

void fill_cost(Cost& cost, const ReceiverSample& begin, const ReceiverSample& end) {
  const auto difference = [](std::optional<std::uint64_t> from, std::optional<std::uint64_t> to) {
    return from && to ? std::optional(*to - *from) : std::nullopt;
  };
  cost.cpu_user_ns = end.cost.user_ns - begin.cost.user_ns;
  cost.cpu_kernel_ns = end.cost.kernel_ns - begin.cost.kernel_ns;
  // Wine does much of a receive's work in its server process, which process times do not see.
  cost.wineserver_cpu_ns = difference(begin.wineserver_ns, end.wineserver_ns);
  if (running_under_wine() && !cost.wineserver_cpu_ns) cost.excludes = {"wineserver"};
  cost.cpu_ns_per_message =
      cpu_per_message(cost.cpu_user_ns + cost.cpu_kernel_ns + cost.wineserver_cpu_ns.value_or(0),
                      least_cpu_time_ns(), end.messages - begin.messages);
  cost.cycles = difference(begin.cycles, end.cycles);
  cost.voluntary_switches = difference(begin.cost.voluntary_switches, end.cost.voluntary_switches);
  cost.involuntary_switches = difference(begin.cost.involuntary_switches, end.cost.involuntary_switches);
  cost.resident_bytes = end.cost.resident_bytes;
  cost.peak_resident_bytes = end.cost.peak_resident_bytes;
  cost.nonpaged_pool_bytes = end.cost.nonpaged_pool_bytes;
}

std::optional<double> growth_per_connection(const ProcessCost& before, const ProcessCost& after,
                                            std::uint32_t connections) {
  if (!before.resident_bytes || !after.resident_bytes || *after.resident_bytes <= *before.resident_bytes)
    return std::nullopt;
  return static_cast<double>(*after.resident_bytes - *before.resident_bytes) / connections;
}

void fill_receiver(RunRecord& record, const ReceiveTotals& totals, const EngineCounters& counters) {
  record.counts.received = totals.messages;
  record.counts.window_received = totals.window_messages;
  record.counts.window_slow = totals.window_slow;
  record.counts.bytes_received = totals.bytes;
  record.counts.corrupt = totals.corrupt;
  record.counts.out_of_sequence = totals.out_of_sequence;
  record.counts.closed_with_error = totals.closed_with_error;
  record.counts.strangers = totals.strangers;
  record.rates.received_per_s = per_second(totals.done_in_window, record.duration_ns);
  record.rates.received_bytes_per_s = per_second(totals.bytes_in_window, record.duration_ns);
  record.calls = {counters.receive_calls,
                  counters.wait_calls,
                  counters.wakeups,
                  counters.completions,
                  counters.completions_per_wakeup_min,
                  counters.completions_per_wakeup_max};
}

void fill_generator(RunRecord& record, const Scenario& scenario, const LoadResult& load, int threads) {
  record.counts.sent = load.sent;
  record.counts.window_sent = load.window_sent;
  record.counts.echoed = load.echoed;
  record.counts.window_echoed = load.window_echoed;
  record.counts.dropped = load.dropped;
  record.rates.offered_per_s = scenario.measured_rate_per_s();
  record.rates.sent_per_s = per_second(load.sent_during_window, record.duration_ns);
  record.generator.threads = threads;
  record.generator.slip = summarize(total(load.slip));
  record.generator.cpu_ns = load.cpu_ns;
  record.generator.busiest_thread_share = load.busiest_thread_share;
}

DatagramCounts datagram_counts(const ReceiveTotals& totals, const LoadResult& load, bool echo,
                               std::optional<std::uint64_t> lost_at_socket) {
  DatagramCounts counts;
  const auto lost = [](std::uint64_t sent, std::uint64_t received) {
    return sent - std::min(sent, received);
  };
  counts.lost = lost(load.sent, totals.messages);
  // A greeting that was repeated once the last had come may have been dropped too, and is no loss.
  if (lost_at_socket) counts.lost_at_socket = std::min(*lost_at_socket, counts.lost);
  counts.truncated = totals.truncated;
  counts.send_failed = load.send_failed;
  counts.duplicated = totals.duplicated + load.duplicated;
  counts.reordered = totals.reordered + load.reordered;
  if (echo) counts.replies_lost = lost(totals.messages, load.echoed);
  return counts;
}

ChurnRecord churn_record(const RunRecord& record, const LoadResult& load, const IntervalHistograms& accepts) {
  ChurnRecord churn;
  churn.opened = load.connections_opened;
  churn.failed = load.connections_failed;
  churn.accept = summarize(total(accepts));
  const std::int64_t accepted = churn.accept ? churn.accept->count : 0;
  churn.accepted_per_s = per_second(static_cast<std::uint64_t>(accepted), record.duration_ns);
  return churn;
}

void fill_latency(RunRecord& record, RunStreams& streams, const char* kind) {
  record.latency_kind = kind;
  const std::uint64_t seconds = record.duration_ns / ns_per_s;
  const auto summary = [&](const IntervalHistograms& stream) {
    const Histogram whole = total(stream);
    std::optional<LatencySummary> result = summarize(whole);
    if (result) add_intervals(*result, whole, stream, seconds);
    return result;
  };
  record.response = summary(streams.response);
  record.service = summary(streams.service);
}

void fill_steadiness(RunRecord& record, const WindowSeries& response, const WindowSeries& received,
                     const RunStreams& streams) {
  if (should_be_steady(record.scenario))
    record.steadiness = assess_steadiness(response, received, streams.response, record.duration_ns);
}

}  // namespace recvbench
