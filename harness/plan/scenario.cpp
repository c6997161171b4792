#include "harness/plan/scenario.h"

#include "harness/plan/units.h"

namespace recvbench {

namespace {

std::string load_text(const Scenario& scenario) {
  if (scenario.closed)
    return std::string("closed") +
           (scenario.think_ns > 0 ? "-think" + compact_duration(scenario.think_ns) : std::string());
  if (!scenario.rate_per_s) return "max";
  using Kind = ArrivalPattern::Kind;
  switch (scenario.arrival.kind) {
    case Kind::constant:
      return compact_count(*scenario.rate_per_s);
    case Kind::poisson:
    case Kind::burst:
      return compact_count(*scenario.rate_per_s) + "-" + arrival_text(scenario.arrival);
    case Kind::ramp:
    case Kind::step:
    case Kind::replay:
      break;
  }
  return arrival_text(scenario.arrival);
}

std::string slow_text(const SlowPeers& slow) {
  std::string text;
  if (const SlowWriters& writers = slow.writers; writers.connections > 0)
    text += "-slowwriters" + std::to_string(writers.connections) + "-" + std::to_string(writers.pieces) +
            "x" + compact_duration(writers.gap_ns);
  if (const SlowReaders& readers = slow.readers; readers.connections > 0)
    text += "-slowreaders" + std::to_string(readers.connections) + "-" + compact_bytes(readers.bytes) + "-" +
            compact_duration(readers.gap_ns);
  return text;
}

}  // namespace

std::string arrival_text(const ArrivalPattern& pattern) {
  std::string text = to_string(pattern.kind);
  if (pattern.kind == ArrivalPattern::Kind::burst) return text + std::to_string(pattern.burst);
  if (pattern.recording) return text + "-" + pattern.recording->name;
  for (std::size_t i = 0; i < pattern.rates_per_s.size(); ++i)
    text += (i == 0 ? "" : "-") + compact_count(pattern.rates_per_s[i]);
  return text;
}

std::string Scenario::name() const {
  return std::string(to_string(protocol)) + "-" + to_string(workload) + "-" + sizes_text(size_bytes) + "-c" +
         std::to_string(connections) + "-" + load_text(*this) +
         (messages_per_send > 1 ? "-x" + std::to_string(messages_per_send) : "") +
         (ip != IpVersion::v4 ? std::string("-") + to_string(ip) : "") +
         (udp_sockets > 1 ? "-s" + std::to_string(udp_sockets) : "") +
         (idle_connections > 0 ? "-idle" + std::to_string(idle_connections) : "") +
         (messages_per_connection > 0 ? "-m" + std::to_string(messages_per_connection) : "") +
         (close == ConnectionClose::abortive ? "-abortive" : "") + slow_text(slow);
}

std::string sizes_text(const MessageSizes& sizes) {
  const std::vector<MessageSizes::Part>& parts = sizes.parts();
  if (parts.size() == 1 && sizes.alike()) return compact_bytes(sizes.most());
  std::string text;
  for (const MessageSizes::Part& part : parts) {
    if (!text.empty()) text += "+";
    if (part.weight != 1) text += std::to_string(part.weight) + "x";
    text += std::to_string(part.least);
    if (part.most != part.least) text += "-" + std::to_string(part.most);
  }
  return text + "B";
}

const char* to_string(Protocol protocol) noexcept {
  return protocol == Protocol::udp ? "udp" : "tcp";
}
const char* to_string(Workload workload) noexcept {
  return workload == Workload::sink ? "sink" : "echo";
}
const char* to_string(ConnectionClose close) noexcept {
  return close == ConnectionClose::abortive ? "abortive" : "graceful";
}
const char* to_string(LoadMode mode) noexcept {
  if (mode == LoadMode::closed) return "closed";
  return mode == LoadMode::open ? "open" : "max";
}

}  // namespace recvbench
