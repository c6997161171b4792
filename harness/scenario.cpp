#include "harness/scenario.h"

#include "harness/units.h"

namespace recvbench {

std::string Scenario::name() const {
  return std::string(to_string(protocol)) + "-" + to_string(workload) + "-" + compact_bytes(size_bytes) +
         "-c" + std::to_string(connections) + "-" + (rate_per_s ? compact_count(*rate_per_s) : "max") +
         (messages_per_send > 1 ? "-x" + std::to_string(messages_per_send) : "") +
         (ip != IpVersion::v4 ? std::string("-") + to_string(ip) : "") +
         (udp_sockets > 1 ? "-s" + std::to_string(udp_sockets) : "");
}

const char* to_string(Protocol protocol) noexcept {
  return protocol == Protocol::udp ? "udp" : "tcp";
}
const char* to_string(Workload workload) noexcept {
  return workload == Workload::sink ? "sink" : "echo";
}
const char* to_string(LoadMode mode) noexcept {
  return mode == LoadMode::open ? "open" : "max";
}

}  // namespace recvbench
