#include "harness/run/runner.h"

#include <algorithm>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>

#include "harness/plan/units.h"
#include "harness/receiver/connection_gate.h"
#include "harness/receiver/entrance.h"
#include "harness/receiver/message_accounting.h"
#include "harness/receiver/synthetic_stream.h"
#include "harness/run/generator_process.h"
#include "harness/run/run_description.h"
#include "harness/run/run_figures.h"
#include "harness/run/run_load.h"
#include "harness/validity/fairness.h"
#include "harness/validity/validity.h"
#include "platform/clock.h"
#include "platform/cost.h"
#include "platform/cycles.h"
#include "platform/interrupt.h"
#include "platform/system_info.h"
#include "results/environment.h"

namespace recvbench {

namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t ns_per_ms = 1'000'000;
// What is in the listener's backlog when the generator has made them all, a millisecond each under Wine.
milliseconds greet_limit(std::uint32_t connections) {
  return milliseconds(5'000 + connections);
}
// SO_SNDBUF of the receiver's sockets where peers read slowly, for every engine alike. Without it Linux holds
// some 2.5 MB of replies for each before a send meets a full buffer.
constexpr int send_buffer_to_slow_readers_bytes = 65'536;
// Connections past the generator's own that are still looked at, so that a stranger cannot take a place.
constexpr std::uint32_t room_for_strangers = 16;

// A run that could not go on, with the code of its reason.
class RunFailed : public std::runtime_error {
 public:
  RunFailed(const char* code, const std::string& detail) : std::runtime_error(detail), code_(code) {}
  const char* code() const { return code_; }

 private:
  const char* code_;
};

// An engine that was started is stopped on every way out, before what it calls into goes.
struct Stop {
  ReceiveEngine& engine;
  ~Stop() { engine.stop(); }
};

ReceiverSample take_sample(const MessageAccounting& accounting, const CycleCounter& cycles) {
  return {process_cost(), wineserver_cpu_ns(), cycles.read(), accounting.totals().messages};
}

std::uint64_t fresh_run_id() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

// Throws where the user does not want to wait for the end of the run.
void check_not_broken_off() {
  if (interrupted_twice()) throw RunFailed("interrupted", "by a second Ctrl-C");
}

// Waits until `done` or the limit; looks every 2 ms.
template <class Done>
bool wait_until(Done done, milliseconds limit) {
  const std::uint64_t deadline = now_ns() + static_cast<std::uint64_t>(limit.count()) * ns_per_ms;
  while (!done()) {
    check_not_broken_off();
    const std::uint64_t now = now_ns();
    if (now >= deadline) return false;
    sleep_until_ns(std::min(deadline, now + 2 * ns_per_ms));
  }
  return true;
}

// In echo the generator alone knows when a reply came back, in sink the receiver when a message came.
std::optional<FairnessRecord> fairness_record(const RunRecord& record, const LoadResult& load,
                                              const MessageAccounting& accounting) {
  if (record.scenario.workload == "echo") return assess_fairness(record.scenario, load.connections);
  return assess_fairness(record.scenario, with_sent(accounting.connections(), load.connections));
}

RunEvidence evidence_of(const ReceiveTotals& totals, const MessageAccounting& accounting) {
  RunEvidence evidence;
  evidence.negative_latencies = totals.negative_latencies;
  evidence.duplicated = totals.duplicated;
  evidence.reordered = totals.reordered;
  evidence.out_of_range = static_cast<std::uint64_t>(accounting.out_of_range());
  evidence.greeted = totals.greeted;
  evidence.closed = totals.closed;
  evidence.receiver_error = accounting.first_error();
  return evidence;
}

// The begin and the end of the measured window, each sampled when it comes.
template <class CheckAlive>
std::pair<ReceiverSample, ReceiverSample> sample_window(const MessageAccounting& accounting,
                                                        const CycleCounter& cycles, std::uint64_t begin_ns,
                                                        std::uint64_t end_ns, CheckAlive check_alive) {
  const auto wait_for = [&](std::uint64_t moment) {
    for (std::uint64_t now = now_ns(); now < moment; now = now_ns()) {
      check_not_broken_off();
      check_alive();
      // Asleep, not spinning until the moment itself: what this thread uses is counted as the engine's.
      std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(moment - now, 500 * ns_per_ms)));
    }
    return take_sample(accounting, cycles);
  };
  const ReceiverSample begin = wait_for(begin_ns);
  return {begin, wait_for(end_ns)};
}

// UDP has no end to wait for: until everything is here, or nothing has come for quiet_ns.
void wait_until_quiet(const MessageAccounting& accounting, std::uint64_t sent, milliseconds limit) {
  std::uint64_t seen = 0;
  std::uint64_t last_ns = now_ns();
  wait_until(
      [&] {
        const ReceiveTotals totals = accounting.totals();
        const std::uint64_t arrived = totals.messages + totals.duplicated + totals.truncated;
        const std::uint64_t now = now_ns();
        if (arrived != seen) last_ns = now;
        seen = arrived;
        return totals.messages >= sent || now - last_ns >= quiet_ns;
      },
      limit);
}

RunEvidence run_with_generator(const PlannedRun& run, const RunOptions& options, RunOutcome& outcome) {
  RunRecord& record = outcome.record;
  const bool datagrams = run.scenario.protocol == Protocol::udp;
  const bool churns = run.scenario.messages_per_connection > 0;
  const std::uint32_t at_once = run.scenario.connections + run.scenario.idle_connections;
  const bool compares = run.scenario.workload == Workload::sink && !churns;
  const std::uint64_t run_id = fresh_run_id();
  MessageAccounting accounting(
      {run_id, at_once, run.scenario.size_bytes, run.scenario.workload, options.verify,
       load_seed(options.seed, run.round), run.scenario.messages_per_connection, run.scenario.close,
       run.scenario.slow, compares ? run.scenario.connections : 0},
      datagrams ? MessageAccounting::Streams::datagrams : MessageAccounting::Streams::received);
  // Of those that take others' places any number may come.
  ConnectionGate gate(churns ? ~std::uint32_t{0} : at_once + room_for_strangers);
  const CycleCounter cycles;  // before the engine's threads
  const std::unique_ptr<ReceiveEngine> engine = run.engine().create(run.variant.settings);
  engine->start(accounting);
  const Stop stop{*engine};

  SocketOptions socket_options;
  socket_options.ipv6_only = is_ipv6_only(run.scenario.ip);
  socket_options.registered_io = run.engine().needs_registered_io;
  socket_options.receive_buffer_bytes = run.variant.settings.socket_receive_buffer;
  if (run.scenario.slow.readers.connections > 0)
    socket_options.send_buffer_bytes = send_buffer_to_slow_readers_bytes;
  Entrance entrance(run.scenario, run.engine().accepts_itself(run.variant.settings), socket_options, gate,
                    *engine);

  GeneratorProcess generator(options.generator);
  record.generator.platform = generator.platform();
  record.generator.version = generator.version();
  const LoadPlan plan = load_plan(run.scenario, run.round, options, run_id, entrance.port());
  const ProcessCost unconnected = process_cost();
  generator.connect(plan);
  if (!wait_until([&] { return accounting.totals().greeted >= at_once; }, greet_limit(at_once))) {
    const std::string why = gate.first_error();
    throw RunFailed("not-connected", std::to_string(accounting.totals().greeted) + " of " +
                                         std::to_string(at_once) + " connections reached the engine" +
                                         (why.empty() ? "" : ": " + why));
  }
  if (!churns) entrance.close();
  record.cost.resident_bytes_per_connection = growth_per_connection(unconnected, process_cost(), at_once);
  if (const auto granted = entrance.receive_buffer())
    record.engine.socket_receive_buffer_bytes = static_cast<std::uint64_t>(*granted);

  const GeneratorProcess::Window window = generator.go();
  accounting.set_window(window.begin_ns, window.end_ns);
  if (now_ns() >= window.begin_ns)
    throw RunFailed("late-start", "by " + readable_ns(static_cast<double>(now_ns() - window.begin_ns)));
  const auto [begin, end] =
      sample_window(accounting, cycles, window.begin_ns, window.end_ns, [&] { generator.check_alive(); });
  LoadResult load = generator.result(milliseconds(plan.drain_ns / ns_per_ms) + milliseconds(5'000));
  const milliseconds drain(plan.drain_ns / ns_per_ms);
  if (datagrams) {
    wait_until_quiet(accounting, load.sent, drain);
  } else {
    // The generator has closed every connection: what it sent is in the socket buffers at worst.
    const std::uint64_t opened = std::max<std::uint64_t>(at_once, load.connections_opened);
    wait_until([&] { return accounting.totals().closed >= opened; }, drain);
  }
  if (churns) entrance.close();
  accounting.expect_end();
  engine->stop();
  generator.finish();

  const ReceiveTotals totals = accounting.totals();
  fill_receiver(record, totals, engine->counters());
  fill_generator(record, run.scenario, load, plan.threads);
  record.generator.cpus = plan.cpus;
  if (datagrams)
    record.datagrams =
        datagram_counts(totals, load, run.scenario.workload == Workload::echo, accounting.lost_at_sockets());
  accounting.collect_accepts(outcome.streams.accept);
  if (churns) record.churn = churn_record(record, load, outcome.streams.accept);
  record.fairness = fairness_record(record, load, accounting);
  fill_cost(record.cost, begin, end);
  WindowSeries response, received;
  accounting.collect(outcome.streams.response, outcome.streams.service);
  accounting.collect_windows(response, received);
  outcome.streams.slip = std::move(load.slip);
  if (run.scenario.workload == Workload::echo) {
    outcome.streams.response = std::move(load.response);
    outcome.streams.service = std::move(load.service);
    response = std::move(load.response_windows);
  }
  // Wall-clock time of the window's begin: the origin of the interval log.
  outcome.streams.start_unix_ns = unix_time_ns() - static_cast<std::int64_t>(now_ns() - window.begin_ns);
  fill_latency(record, outcome.streams, run.scenario.workload == Workload::echo ? "round-trip" : "one-way");
  fill_steadiness(record, response, received, outcome.streams);

  RunEvidence evidence = evidence_of(totals, accounting);
  evidence.out_of_range += load.out_of_range;
  if (const auto asked = socket_options.receive_buffer_bytes)
    evidence.asked_receive_buffer = static_cast<std::uint64_t>(*asked);
  evidence.datagram_sockets = datagrams ? run.scenario.udp_sockets : 0;
  evidence.window_due = load.window_due;
  evidence.mean_gap_ns = load.mean_gap_ns;
  evidence.gaps = std::move(load.gaps);
  evidence.generator_corrupt = load.corrupt;
  evidence.generator_out_of_sequence = load.out_of_sequence;
  evidence.opened = load.connections_opened;
  evidence.generator_connection_errors = load.connection_errors;
  evidence.generator_error = load.first_error;
  return evidence;
}

RunEvidence run_synthetic(const PlannedRun& run, const RunOptions& options, RunOutcome& outcome) {
  RunRecord& record = outcome.record;
  const std::uint64_t run_id = fresh_run_id();
  // Its connections are tallied as others are, so that the harness costs here what it costs there.
  MessageAccounting accounting({run_id,
                                run.scenario.connections,
                                run.scenario.size_bytes,
                                Workload::sink,
                                options.verify,
                                options.seed,
                                0,
                                ConnectionClose::graceful,
                                {},
                                run.scenario.connections},
                               MessageAccounting::Streams::synthetic);
  const CycleCounter cycles;  // before the engine's threads
  const std::unique_ptr<ReceiveEngine> engine = run.engine().create(run.variant.settings);
  engine->start(accounting);
  const Stop stop{*engine};
  const std::uint64_t begin_ns = now_ns() + options.warmup_ns;
  const std::uint64_t end_ns = begin_ns + options.duration_ns;
  accounting.set_window(begin_ns, end_ns);
  for (std::uint32_t i = 0; i < run.scenario.connections; ++i)
    engine->add(std::make_unique<SyntheticStream>(run_id, i, run.scenario.size_bytes, options.seed, end_ns,
                                                  options.verify));
  auto [begin, end] = sample_window(accounting, cycles, begin_ns, end_ns, [] {});
  wait_until([&] { return accounting.totals().closed >= run.scenario.connections; }, milliseconds(1'000));
  engine->stop();

  const ReceiveTotals totals = accounting.totals();
  fill_receiver(record, totals, engine->counters());
  record.counts.sent = totals.messages;  // made and delivered are one thing here
  record.counts.window_sent = totals.window_messages;
  // No system call is made that another process would serve.
  begin.wineserver_ns.reset();
  fill_cost(record.cost, begin, end);
  record.cost.excludes.clear();
  WindowSeries response, received;
  accounting.collect(outcome.streams.response, outcome.streams.service);
  accounting.collect_windows(response, received);
  outcome.streams.start_unix_ns = unix_time_ns() - static_cast<std::int64_t>(now_ns() - begin_ns);
  fill_latency(record, outcome.streams, "one-way");
  fill_steadiness(record, response, received, outcome.streams);
  return evidence_of(totals, accounting);
}

// Figures of a run that did not come to its end would only mislead.
RunOutcome failed(const PlannedRun& run, const RunOptions& options, const char* code,
                  const std::string& detail) {
  RunOutcome outcome;
  outcome.record = describe(run, options);
  outcome.record.reasons = {{code, detail}};
  return outcome;
}

}  // namespace

RunOutcome execute_run(const PlannedRun& run, const RunOptions& options) {
  RunOutcome outcome;
  RunEvidence evidence;
  try {
    outcome.record = describe(run, options);
    evidence = run.engine().synthetic ? run_synthetic(run, options, outcome)
                                      : run_with_generator(run, options, outcome);
  } catch (const ControlError& error) {
    // Ctrl-C in a terminal reaches the generator too.
    outcome = failed(run, options, interrupted_twice() ? "interrupted" : "generator-failed", error.what());
  } catch (const RunFailed& error) {
    outcome = failed(run, options, error.code(), error.what());
  } catch (const std::exception& error) {
    outcome = failed(run, options, "engine-failed", error.what());
  }
  const std::string build_type = build_info().build_type;
  evidence.optimised_build = build_type == "Release" || build_type == "RelWithDebInfo";
  evidence.clock_resolution_ns = clock_resolution_ns();
  evidence.recommended_warmup_ns = (running_under_wine() ? 5'000 : 3'000) * ns_per_ms;
  judge(outcome.record, evidence);
  return outcome;
}

}  // namespace recvbench
