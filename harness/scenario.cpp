#include "harness/scenario.h"

#include "harness/units.h"

namespace recvbench {

std::string Scenario::name() const {
  return std::string(to_string(protocol)) + "-" + to_string(workload) + "-" + sizes_text(size_bytes) + "-c" +
         std::to_string(connections) + "-" + (rate_per_s ? compact_count(*rate_per_s) : "max") +
         (messages_per_send > 1 ? "-x" + std::to_string(messages_per_send) : "") +
         (ip != IpVersion::v4 ? std::string("-") + to_string(ip) : "") +
         (udp_sockets > 1 ? "-s" + std::to_string(udp_sockets) : "") +
         (idle_connections > 0 ? "-idle" + std::to_string(idle_connections) : "") +
         (messages_per_connection > 0 ? "-m" + std::to_string(messages_per_connection) : "") +
         (close == ConnectionClose::abortive ? "-abortive" : "");
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
  return mode == LoadMode::open ? "open" : "max";
}

}  // namespace recvbench
