#include "harness/validity/fairness.h"

#include <algorithm>
#include <map>

namespace recvbench {

namespace {

// What is sent waits for room in a stream, or for replies.
bool receiver_decides_what_is_sent(const ScenarioRecord& scenario) {
  return scenario.mode == "closed" ||
         (scenario.mode == "max" && (scenario.protocol == "tcp" || scenario.workload == "echo"));
}

std::vector<double> messages_received(std::span<const ConnectionFigures> figures) {
  std::vector<double> messages;
  for (const ConnectionFigures& one : figures) messages.push_back(static_cast<double>(one.received));
  return messages;
}

// Of connections that something was sent on.
std::vector<double> shares_received(std::span<const ConnectionFigures> figures) {
  std::vector<double> shares;
  for (const ConnectionFigures& one : figures) {
    if (one.sent > 0) shares.push_back(static_cast<double>(one.received) / static_cast<double>(one.sent));
  }
  return shares;
}

std::optional<FairnessP99> worst_and_median(std::span<const ConnectionFigures> figures) {
  std::vector<ConnectionFigures> timed;
  for (const ConnectionFigures& one : figures) {
    if (one.p99_ns) timed.push_back(one);
  }
  if (timed.size() < 2) return std::nullopt;
  std::sort(timed.begin(), timed.end(),
            [](const ConnectionFigures& a, const ConnectionFigures& b) { return *a.p99_ns < *b.p99_ns; });
  return FairnessP99{timed.size(), *timed[(timed.size() - 1) / 2].p99_ns, *timed.back().p99_ns,
                     timed.back().number};
}

}  // namespace

std::optional<double> jain_index(std::span<const double> shares) {
  double sum = 0;
  double squares = 0;
  for (const double share : shares) {
    sum += share;
    squares += share * share;
  }
  if (squares == 0) return std::nullopt;
  return std::min(1.0, sum * sum / (static_cast<double>(shares.size()) * squares));
}

std::vector<ConnectionFigures> with_sent(std::vector<ConnectionFigures> received,
                                         std::span<const ConnectionFigures> sent) {
  std::map<std::uint32_t, std::uint64_t> sent_on;
  for (const ConnectionFigures& one : sent) sent_on[one.number] = one.sent;
  for (ConnectionFigures& one : received) one.sent = sent_on[one.number];
  return received;
}

std::optional<FairnessRecord> assess_fairness(const ScenarioRecord& scenario,
                                              std::span<const ConnectionFigures> figures) {
  if (figures.size() < 2) return std::nullopt;
  FairnessRecord record;
  record.connections = figures.size();
  record.jain_index = jain_index(receiver_decides_what_is_sent(scenario) ? messages_received(figures)
                                                                         : shares_received(figures));
  record.p99 = worst_and_median(figures);
  return record;
}

}  // namespace recvbench
