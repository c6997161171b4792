#include "harness/run/ip_version.h"

#include <system_error>

#include "platform/datagram.h"

namespace recvbench {

namespace {

std::vector<AddressFamily> families(IpVersion version) {
  switch (version) {
    case IpVersion::v6:
      return {AddressFamily::ipv6};
    case IpVersion::dual:
      return {AddressFamily::ipv4, AddressFamily::ipv6};
    case IpVersion::v4:
      break;
  }
  return {AddressFamily::ipv4};
}

}  // namespace

const char* to_string(IpVersion version) noexcept {
  switch (version) {
    case IpVersion::v6:
      return "v6";
    case IpVersion::dual:
      return "dual";
    case IpVersion::v4:
      break;
  }
  return "v4";
}

Address receiver_address(IpVersion version) {
  if (version == IpVersion::dual) return Address::any(AddressFamily::ipv6);
  return Address::loopback(families(version).front());
}

bool is_ipv6_only(IpVersion version) noexcept {
  return version == IpVersion::v6;
}

std::vector<std::string> receiver_hosts(IpVersion version) {
  std::vector<std::string> hosts;
  for (const AddressFamily family : families(version)) hosts.push_back(Address::loopback(family).host());
  return hosts;
}

std::optional<std::string> obstacle_to(IpVersion version) {
  try {
    SocketOptions options;
    options.ipv6_only = is_ipv6_only(version);
    bind_udp(receiver_address(version), options);
    // A system may take :: and yet have no ::1.
    for (const AddressFamily family : families(version)) bind_udp(Address::loopback(family));
    return std::nullopt;
  } catch (const std::system_error& error) {
    return error.what();
  }
}

}  // namespace recvbench
