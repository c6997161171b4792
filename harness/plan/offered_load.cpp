#include "harness/plan/offered_load.h"

#include <algorithm>

#include "harness/plan/run_options.h"
#include "harness/plan/units.h"
#include "harness/plan/usage_error.h"

namespace recvbench {

namespace {

constexpr double default_rate_per_s = 10'000;

[[noreturn]] void contradiction(const std::string& option, const std::string& other, const std::string& why) {
  throw UsageError(option + ": not with " + other + ", " + why);
}

std::string rate_option(const std::optional<OfferedRate>& rate) {
  return "--rate " + (rate ? to_string(*rate) : std::string("max"));
}

void check_closed(const RunOptions& options) {
  const std::string mode = "--mode closed";
  const std::string paces = "where replies and the time to think say when the next message goes out";
  if (!options.rates.empty()) contradiction(rate_option(options.rates.front()), mode, paces);
  if (!options.arrivals.empty()) contradiction("--arrival " + options.arrivals.front().text, mode, paces);
  if (std::find(options.workloads.begin(), options.workloads.end(), Workload::sink) !=
      options.workloads.end())
    contradiction("--workload sink", mode, "which waits for replies");
  if (options.in_flight > 1)
    contradiction("--in-flight " + std::to_string(options.in_flight), mode,
                  "which has one message unanswered a connection");
}

void check_open(const RunOptions& options) {
  if (!options.thinks_ns.empty())
    contradiction("--think " + compact_duration(options.thinks_ns.front()), "--mode open",
                  "whose messages do not wait for replies");
  for (const ArrivalChoice& arrival : options.arrivals) {
    const std::string option = "--arrival " + arrival.text;
    for (const auto& rate : options.rates) {
      if (!rate) contradiction(option, rate_option(rate), "under which nothing falls due");
      if (arrival.says_rate()) contradiction(option, rate_option(rate), "since it says the rate itself");
    }
  }
}

// A recording is repeated up to the window's end.
void check_length(const ArrivalChoice& arrival, const RunOptions& options) {
  if (arrival.pattern.kind != ArrivalPattern::Kind::replay) return;
  const std::uint64_t last_ns = arrival.pattern.recording->messages.back().offset_ns;
  const std::uint64_t end_ns = options.warmup_ns + options.duration_ns;
  if (end_ns > last_ns + 1)
    throw UsageError("--arrival " + arrival.text + ": its last message is due at " +
                     compact_duration(last_ns) + ", before --warmup " + compact_duration(options.warmup_ns) +
                     " and --duration " + compact_duration(options.duration_ns) + " are over");
}

OfferedLoad with_own_rate(const ArrivalChoice& arrival, const RunOptions& options) {
  check_length(arrival, options);
  const auto own = own_rate_per_s(arrival.pattern, options.warmup_ns, options.duration_ns);
  const double rate = own ? *own : *arrival.burst_rate_per_s;
  if (rate < min_rate_per_s)
    throw UsageError("--arrival " + arrival.text + ": no message falls due in the window, from --warmup " +
                     compact_duration(options.warmup_ns) + " on");
  return {rate, arrival.pattern};
}

}  // namespace

std::string to_string(const OfferedRate& rate) {
  return compact_count(rate.per_s) + (rate.per_connection ? "/connection" : "");
}

void OfferedLoad::apply_to(Scenario& scenario) const {
  scenario.rate_per_s.reset();
  if (rate) scenario.rate_per_s = rate->total_per_s(scenario.connections);
  if (rate && *scenario.rate_per_s > max_rate_per_s)
    throw UsageError(rate_option(rate) + ": with --connections " + std::to_string(scenario.connections) +
                     " more than 1g messages a second");
  scenario.arrival = arrival;
  scenario.closed = closed;
  scenario.think_ns = think_ns;
  if (!arrival.recording) return;
  for (const Recording::Message& message : arrival.recording->messages) {
    if (message.connection == Recording::any_connection || message.connection < scenario.connections)
      continue;
    throw UsageError("--arrival " + arrival.recording->name + ": names connection " +
                     std::to_string(message.connection) + "; --connections " +
                     std::to_string(scenario.connections) + " has 0 to " +
                     std::to_string(scenario.connections - 1));
  }
}

std::vector<OfferedLoad> offered_loads(const RunOptions& options) {
  std::vector<OfferedLoad> loads;
  if (options.closed) {
    check_closed(options);
    for (const std::uint64_t think_ns : options.thinks_ns)
      loads.push_back({std::nullopt, {}, true, think_ns});
    if (loads.empty()) loads.push_back({std::nullopt, {}, true, 0});
    return loads;
  }
  check_open(options);
  std::vector<std::optional<OfferedRate>> rates = options.rates;
  if (rates.empty()) rates.emplace_back(default_rate_per_s);
  std::vector<ArrivalChoice> arrivals = options.arrivals;
  if (arrivals.empty()) arrivals.push_back({"constant", {}});
  for (const ArrivalChoice& arrival : arrivals) {
    if (arrival.says_rate()) {
      loads.push_back(with_own_rate(arrival, options));
      continue;
    }
    for (const auto& rate : rates) loads.push_back({rate, arrival.pattern});
  }
  return loads;
}

}  // namespace recvbench
