#include "harness/search/probe.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string_view>

#include "harness/summary/summary.h"
#include "harness/plan/units.h"

namespace recvbench {

namespace {

using Kind = ProbeOutcome::Kind;

constexpr double window_s = 10;
constexpr double samples_beyond = 100;
// Less, and the record states no percentile (10 beyond it), or the run is invalid (1,000 messages). A tenth
// more, because a window holds a few messages less than its length says.
constexpr double least_samples = 1'100;
constexpr double least_samples_beyond = 11;

// The receiver did not keep up. A run that ends so also breaks off connections and leaves messages behind.
constexpr auto overload = {"rate-not-met", "dropped", "not-drained"};
constexpr auto left_behind = {"connection-error", "lost"};
// What tells of the moment.
constexpr auto unclear = {"unsteady", "late-start"};
constexpr auto generators = {"generator-bound"};

const Reason* first_of(const RunRecord& record, std::initializer_list<const char*> codes) {
  for (const Reason& reason : record.reasons)
    if (std::find(codes.begin(), codes.end(), std::string_view(reason.code)) != codes.end()) return &reason;
  return nullptr;
}

std::string text(const Reason& reason) {
  return reason.code + (reason.detail.empty() ? "" : ": " + reason.detail);
}

// All that was due went out.
bool offered_whole(const RunRecord& record) {
  return !record.datagrams || record.datagrams->send_failed == 0;
}

std::string too_long(const Slo& slo, double ns) {
  return slo.percentile + " " + readable_ns(ns);
}

ProbeOutcome outcome_of_valid(const RunRecord& record, const Slo& slo) {
  const std::optional<double> latency = percentile_ns(record.response, slo);
  if (!latency) return {Kind::broken, "too few messages to state " + slo.percentile};
  if (*latency > static_cast<double>(slo.limit_ns)) return {Kind::missed, too_long(slo, *latency)};
  // What was lost has no latency, and would have been the slow ones.
  if (const auto lost = loss_share(record); lost && *lost > most_loss_share)
    return {Kind::missed, readable_share(*lost) + " of the datagrams lost"};
  return {Kind::met, {}};
}

}  // namespace

ProbeOutcome outcome_of(const RunRecord& record, const Slo& slo) {
  if (record.valid) return outcome_of_valid(record, slo);
  const Reason* const overloaded = first_of(record, overload);
  const Reason* const generator = first_of(record, generators);
  for (const Reason& reason : record.reasons) {
    const auto is_one_of = [&](std::initializer_list<const char*> codes) {
      return std::find(codes.begin(), codes.end(), std::string_view(reason.code)) != codes.end();
    };
    const bool explained =
        is_one_of(overload) || is_one_of(generators) || is_one_of(unclear) ||
        (overloaded != nullptr && (is_one_of(left_behind) || reason.code == "too-few-samples"));
    if (!explained) return {Kind::broken, text(reason)};
  }
  if (generator != nullptr) {
    // Response times count from when messages were due: a generator that is late sends the same ones, later
    // and closer together. What keeps the SLO nevertheless keeps it with a generator that is on time.
    if (overloaded == nullptr && offered_whole(record) && outcome_of_valid(record, slo).kind == Kind::met)
      return {Kind::met_late, generator->detail};
    // A receiver that is too slow fills the sockets, and holds the generator up. Then even what passed after
    // the send took longer than it may; behind a generator that is late by itself it does not.
    const std::optional<double> service = percentile_ns(record.service, slo);
    if (service && *service > static_cast<double>(slo.limit_ns))
      return {Kind::missed, too_long(slo, *service) + " from the send on"};
    return {Kind::generator_bound, generator->detail};
  }
  if (overloaded != nullptr) return {Kind::missed, text(*overloaded)};
  return {Kind::unclear, text(record.reasons.front())};
}

std::uint64_t ProbeLength::window_ns(const Probe& probe, const Slo& slo) const {
  const double rate = probe.rate_per_s;
  const double least_s = std::max(least_samples, least_samples_beyond / (1 - slo.share)) / rate;
  const double wanted_s = shortened_ns ? static_cast<double>(*shortened_ns) / 1e9
                                       : std::max(window_s, samples_beyond / ((1 - slo.share) * rate));
  return static_cast<std::uint64_t>(std::llround(std::max(wanted_s, least_s) * 1e9)) * (probe.longer ? 2 : 1);
}

std::uint64_t most_search_ns(const SearchRange& range, const ProbeLength& length, const Slo& slo,
                             std::uint64_t overhead_ns) {
  const auto cost = [&](double rate, bool longer) {
    return length.window_ns({rate, ProbePurpose::ascend, longer}, slo) + overhead_ns;
  };
  // Slow rates have the longest windows: what comes after the ascent is as if at half its last rate but one.
  const std::size_t confirmations = RateSearch::most_confirmations();
  std::uint64_t ascent = 0, most = 0;
  double passed = range.from_per_s;
  for (double rate = passed;; rate = std::min(2 * rate, range.to_per_s)) {
    ascent += 2 * cost(rate, false);
    const std::size_t others = RateSearch::most_probes({rate, rate}) - 2 - 2 * confirmations;
    most = std::max(most,
                    ascent + 2 * confirmations * cost(passed / 2, true) + others * cost(passed / 2, false));
    if (rate >= range.to_per_s) return most;
    passed = rate;
  }
}

}  // namespace recvbench
