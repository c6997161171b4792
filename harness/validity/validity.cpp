#include "harness/validity/validity.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "harness/validity/anderson_darling.h"
#include "harness/validity/steadiness.h"
#include "harness/plan/units.h"

namespace recvbench {

namespace {

// Slip may be a tenth of the median response before it distorts it; below 50 us it is the machine's own
// noise.
constexpr double slip_floor_ns = 50'000;
constexpr double slip_share_of_response = 0.10;
constexpr double least_share_of_offered = 0.99;
constexpr double most_gap_error = 0.01;
// A generator thread with less to spare keeps its schedule by luck.
constexpr double most_thread_share = 0.80;
// More would find deviations that change no latency.
constexpr std::size_t most_gaps_tested = 5'000;
constexpr std::size_t least_gaps_tested = 5;  // below, the test's limit does not hold
// A p99 needs 10 samples beyond it to be stated at all.
constexpr std::int64_t least_samples = 1000;
// A median of fewer steps of the clock is a tenth off, or more.
constexpr double least_steps_of_clock = 10;

std::string text(std::uint64_t n) {
  return std::to_string(n);
}

// TCP: what was sent arrives, whole and once. UDP promises neither delivery nor order: there what was lost is
// shown, by warn_of_datagrams, and check_load bounds it.
void check_delivery(RunRecord& record) {
  const Counts& counts = record.counts;
  const bool echo = record.scenario.workload == "echo";
  const auto invalid = [&](const char* code, std::string detail) {
    record.reasons.push_back({code, std::move(detail)});
  };

  if (counts.sent != counts.received)
    invalid("lost", "sent " + text(counts.sent) + ", received " + text(counts.received));
  if (echo && counts.echoed != counts.sent)
    invalid("lost", "sent " + text(counts.sent) + ", answered " + text(counts.echoed));
  // Both sides judge by the same intended times, so a difference is a message timed on one side only.
  if (counts.sent == counts.received && counts.window_sent != counts.window_received)
    invalid("lost",
            "of the window: sent " + text(counts.window_sent) + ", received " + text(counts.window_received));
  if (echo && counts.echoed == counts.sent && counts.window_echoed != counts.window_sent)
    invalid("lost",
            "of the window: sent " + text(counts.window_sent) + ", answered " + text(counts.window_echoed));
}

void check_counts(RunRecord& record, const RunEvidence& evidence) {
  const Counts& counts = record.counts;
  const auto invalid = [&](const char* code, std::string detail) {
    record.reasons.push_back({code, std::move(detail)});
  };

  const std::uint64_t at_once = std::uint64_t{record.scenario.connections} + record.scenario.idle_connections;
  if (const std::uint64_t opened = std::max(at_once, evidence.opened); evidence.greeted < opened)
    invalid("not-connected", text(evidence.greeted) + " of " + text(opened) + " connections");
  if (record.churn && record.churn->failed > 0)
    invalid("connect-failed", text(record.churn->failed) + " after " + text(record.churn->opened) +
                                  " that were made: " + evidence.generator_error);
  // First, since it ends a stream, and what came after it is lost for that reason.
  if (counts.corrupt + evidence.generator_corrupt > 0)
    invalid("corrupt", text(counts.corrupt) + " at the receiver, " + text(evidence.generator_corrupt) +
                           " at the generator");
  const bool reliable = record.scenario.protocol != "udp";
  if (reliable) check_delivery(record);
  if (counts.out_of_sequence + evidence.generator_out_of_sequence > 0)
    invalid("corrupt", "out of sequence: " + text(counts.out_of_sequence) + " at the receiver (" +
                           text(evidence.duplicated) + " came twice, " + text(evidence.reordered) +
                           " late), " + text(evidence.generator_out_of_sequence) + " at the generator");
  if (counts.closed_with_error > 0)
    invalid("connection-error",
            text(counts.closed_with_error) + " at the receiver: " + evidence.receiver_error);
  if (evidence.generator_connection_errors > 0)
    invalid("connection-error",
            text(evidence.generator_connection_errors) + " at the generator: " + evidence.generator_error);
  if (reliable && evidence.closed < evidence.greeted)
    invalid("not-drained",
            text(evidence.greeted - evidence.closed) + " connections were still open when the run ended");
  if (counts.dropped > 0) invalid("dropped", text(counts.dropped) + " messages");
}

// A constant rate is the same in every window; other patterns have what fell due in this one.
std::optional<double> offered_in_window(const RunRecord& record, const RunEvidence& evidence) {
  if (record.scenario.arrival == "constant" || evidence.window_due == 0) return record.rates.offered_per_s;
  return static_cast<double>(evidence.window_due) * 1e9 / static_cast<double>(record.duration_ns);
}

// Of a Poisson load.
void check_gaps(RunRecord& record, const RunEvidence& evidence) {
  if (evidence.gaps.size() < least_gaps_tested) return;
  // Evenly taken, so that what one thread or one moment did wrong is among them.
  std::vector<double> some;
  const std::size_t step = (evidence.gaps.size() + most_gaps_tested - 1) / most_gaps_tested;
  for (std::size_t i = 0; i < evidence.gaps.size(); i += step) some.push_back(evidence.gaps[i]);
  const double a2 = anderson_darling_exponential(some);
  if (!(a2 > anderson_darling_limit_1_percent)) return;
  char text[96];
  std::snprintf(text, sizeof text,
                "gaps between sends are not Poisson's: A2 = %.2f over %zu gaps, allowed %.3f", a2,
                some.size(), anderson_darling_limit_1_percent);
  record.reasons.push_back({"generator-bound", text});
}

void check_load(RunRecord& record, const RunEvidence& evidence) {
  const auto invalid = [&](const char* code, std::string detail) {
    record.reasons.push_back({code, std::move(detail)});
  };
  const Rates& rates = record.rates;
  // What is offered must go out and come in while the window lasts: a receiver that falls behind grows a
  // backlog, and its latency says only how long the run was. One that loses datagrams instead has the latency
  // of those it did receive: what it lost would have been the slow ones.
  const std::optional<double> offered = offered_in_window(record, evidence);
  const auto fell_short = [&](const std::optional<double>& rate) {
    return offered && rate && *rate < least_share_of_offered * *offered;
  };
  if (fell_short(rates.sent_per_s) || fell_short(rates.received_per_s))
    invalid("rate-not-met", "offered " + readable_count(*offered) + "/s, sent " +
                                readable_count(rates.sent_per_s.value_or(0)) + "/s, received " +
                                readable_count(rates.received_per_s.value_or(0)) + "/s");
  if (rates.offered_per_s && record.datagrams) {
    const std::uint64_t unsent = record.datagrams->send_failed;
    const double due = static_cast<double>(record.counts.sent + unsent);
    if (static_cast<double>(record.counts.sent) < least_share_of_offered * due)
      invalid("generator-bound", "its system had no room for " + text(unsent) + " datagrams, and " +
                                     text(record.counts.sent) + " were sent");
  }
  check_gaps(record, evidence);
  if (record.scenario.arrival == "constant" && rates.offered_per_s && evidence.mean_gap_ns > 0) {
    const double ratio = evidence.mean_gap_ns * *rates.offered_per_s / 1e9;
    if (std::abs(ratio - 1) > most_gap_error)
      invalid("generator-bound", "mean gap between sends is " + readable_ns(evidence.mean_gap_ns) +
                                     ", planned " + readable_ns(1e9 / *rates.offered_per_s));
  }
  if (const auto share = record.generator.busiest_thread_share;
      rates.offered_per_s && share && *share > most_thread_share)
    invalid("generator-bound", "its busiest thread used " + std::to_string(static_cast<int>(*share * 100)) +
                                   " % of a CPU, allowed " +
                                   std::to_string(static_cast<int>(most_thread_share * 100)) + " %");
  if (record.generator.slip && record.generator.slip->p99_ns) {
    const double response = record.response ? static_cast<double>(record.response->p50_ns) : 0;
    const double allowed = std::max(slip_floor_ns, slip_share_of_response * response);
    if (const auto slip = static_cast<double>(*record.generator.slip->p99_ns); slip > allowed)
      invalid("generator-bound", "p99 of actual - intended send time is " + readable_ns(slip) + ", allowed " +
                                     readable_ns(allowed));
  }
}

void check_latencies(RunRecord& record, const RunEvidence& evidence) {
  const auto invalid = [&](const char* code, std::string detail) {
    record.reasons.push_back({code, std::move(detail)});
  };
  if (evidence.negative_latencies > 0)
    invalid("clock", text(evidence.negative_latencies) + " negative latencies");
  if (evidence.out_of_range > 0) invalid("histogram-range", text(evidence.out_of_range) + " values");
  const std::int64_t samples = record.response ? record.response->count : 0;
  if (samples < least_samples)
    invalid("too-few-samples", std::to_string(samples) + " messages in the window, at least " +
                                   std::to_string(least_samples) + " are needed");
}

void check_steadiness(RunRecord& record) {
  if (!record.steadiness) return;
  std::string found;
  for (const std::string& finding : unsteady_findings(*record.steadiness))
    found += (found.empty() ? "" : "; ") + finding;
  if (!found.empty()) record.reasons.push_back({"unsteady", found});
  if (const std::string why = why_unknown(*record.steadiness); !why.empty())
    record.warnings.push_back({"steadiness-unknown", why});
}

// Loss and its like do not make a run invalid by themselves, and are always said.
void warn_of_datagrams(RunRecord& record) {
  const DatagramCounts& datagrams = *record.datagrams;
  const auto part = [&](std::uint64_t n, const char* what) {
    return n > 0 ? ", " + text(n) + " " + what : std::string();
  };
  if (datagrams.lost + datagrams.replies_lost > 0) {
    char share[32];
    std::snprintf(share, sizeof share, "%.2f %%",
                  100.0 * static_cast<double>(datagrams.lost + datagrams.replies_lost) /
                      static_cast<double>(std::max<std::uint64_t>(1, record.counts.sent)));
    const std::string at_socket = datagrams.lost_at_socket
                                      ? text(*datagrams.lost_at_socket) + " at the full socket buffer"
                                      : std::string("where, the system does not tell");
    record.warnings.push_back(
        {"datagrams-lost", text(datagrams.lost) + " of " + text(record.counts.sent) + " (" + at_socket + ")" +
                               part(datagrams.truncated, "of them larger than the engine's buffer") +
                               part(record.counts.corrupt, "of them corrupt") +
                               part(datagrams.replies_lost, "replies") + "; " + share});
  }
  if (datagrams.send_failed > 0)
    record.warnings.push_back({"datagrams-unsent", text(datagrams.send_failed) + " datagrams"});
  if (datagrams.duplicated + datagrams.reordered > 0)
    record.warnings.push_back({"datagrams-disordered", text(datagrams.duplicated) + " came twice, " +
                                                           text(datagrams.reordered) + " late"});
}

// Made-up receives take no time that a clock could be too coarse for.
void warn_of_clock(RunRecord& record, const RunEvidence& evidence) {
  if (!record.response || record.engine.synthetic) return;
  const auto p50 = static_cast<double>(record.response->p50_ns);
  if (p50 < least_steps_of_clock * evidence.clock_resolution_ns)
    record.warnings.push_back({"clock-coarse", "p50 is " + readable_ns(p50) + ", a step of the clock " +
                                                   readable_ns(evidence.clock_resolution_ns)});
}

// What was set is not always what was measured.
void warn_of_settings(RunRecord& record, const RunEvidence& evidence) {
  const std::optional<std::uint64_t> granted = record.engine.socket_receive_buffer_bytes;
  const std::optional<std::uint64_t> asked = evidence.asked_receive_buffer;
  if (granted && asked && *granted < *asked)
    record.warnings.push_back(
        {"socket-buffer-smaller", "granted " + compact_bytes(*granted) + " of " + compact_bytes(*asked)});
  if (record.datagrams && record.engine.threads > 0 &&
      static_cast<std::uint32_t>(record.engine.threads) > evidence.datagram_sockets)
    record.warnings.push_back(
        {"threads-past-sockets", text(static_cast<std::uint64_t>(record.engine.threads)) + " threads, " +
                                     text(evidence.datagram_sockets) +
                                     (evidence.datagram_sockets == 1 ? " socket" : " sockets")});
}

}  // namespace

std::optional<double> cpu_per_message(std::uint64_t cpu_ns, std::uint64_t least_ns, std::uint64_t messages) {
  if (messages == 0 || cpu_ns < least_ns) return std::nullopt;
  return static_cast<double>(cpu_ns) / static_cast<double>(messages);
}

void judge(RunRecord& record, const RunEvidence& evidence) {
  const bool failed = !record.reasons.empty();
  // A run that failed has no figures to check; its one reason says it all.
  if (!failed) {
    check_counts(record, evidence);
    check_load(record, evidence);
    check_latencies(record, evidence);
    check_steadiness(record);
  }
  const auto warn = [&](const char* code, std::string detail) {
    record.warnings.push_back({code, std::move(detail)});
  };
  if (!failed && record.datagrams) warn_of_datagrams(record);
  if (!failed) warn_of_settings(record, evidence);
  if (!failed) warn_of_clock(record, evidence);
  if (record.counts.strangers > 0) warn("stranger", text(record.counts.strangers) + " connections");
  if (!failed && !record.cost.cpu_ns_per_message)
    warn("cpu-too-short",
         readable_ns(static_cast<double>(record.cost.cpu_user_ns + record.cost.cpu_kernel_ns)) +
             " of CPU time in the window");
  if (!record.cost.excludes.empty()) warn("cpu-incomplete", record.cost.excludes.front());
  if (record.warmup_ns < evidence.recommended_warmup_ns)
    warn("short-warmup", readable_ns(static_cast<double>(record.warmup_ns)));
  if (!evidence.optimised_build) warn("debug-build", "");
  record.valid = record.reasons.empty();
}

}  // namespace recvbench
