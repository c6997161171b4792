// By which version of IP the receiver and its generator meet on this machine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/address.h"
#include "platform/socket.h"

namespace recvbench {

enum class IpVersion {
  v4,  // 127.0.0.1
  v6,  // [::1], with IPV6_V6ONLY on
  // One listener or UDP socket on [::] with IPV6_V6ONLY off. The first half of the connections comes by IPv4,
  // and so from ::ffff:127.0.0.1; the rest, if any, by IPv6. In halves and not in turn, so that engines that
  // deal out connections in turn have both on every thread.
  // No loopback address takes both: for the length of the run the port can be reached from the network, where
  // whoever does not greet with the run's number is closed (TCP) or ignored (UDP).
  dual,
};

const char* to_string(IpVersion version) noexcept;  // "v4", "v6", "dual"

// Where the receiver binds, at a port that the system chooses, and with which IPV6_V6ONLY.
Address receiver_address(IpVersion version);
bool is_ipv6_only(IpVersion version) noexcept;
// Where the generator connects to (LoadPlan::hosts).
std::vector<std::string> receiver_hosts(IpVersion version);

// Why this machine cannot do it, asked by binding: "bind([::1]:0): EADDRNOTAVAIL: ..."; empty where it can.
std::optional<std::string> obstacle_to(IpVersion version);

}  // namespace recvbench
