// Addresses: the sockaddr structures and getaddrinfo are the same on both systems.
#include "platform/address.h"

#include <cstring>
#include <memory>
#include <stdexcept>

#include "platform/error.h"
#include "platform/native_sockets.h"

namespace recvbench {
namespace {

template <typename Native>
Native native_as(const void* bytes) {
  Native native;
  std::memcpy(&native, bytes, sizeof native);
  return native;
}

sockaddr_in ipv4_address(std::uint32_t host, std::uint16_t port) {
  sockaddr_in native{};
  native.sin_family = AF_INET;
  native.sin_port = htons(port);
  native.sin_addr.s_addr = htonl(host);
  return native;
}

sockaddr_in6 ipv6_address(const in6_addr& host, std::uint16_t port) {
  sockaddr_in6 native{};
  native.sin6_family = AF_INET6;
  native.sin6_port = htons(port);
  native.sin6_addr = host;
  return native;
}

}  // namespace

Address Address::loopback(AddressFamily family, std::uint16_t port) {
  if (family == AddressFamily::ipv4) {
    const sockaddr_in native = ipv4_address(INADDR_LOOPBACK, port);
    return from_native(&native, sizeof native);
  }
  in6_addr host{};
  host.s6_addr[15] = 1;
  const sockaddr_in6 native = ipv6_address(host, port);
  return from_native(&native, sizeof native);
}

Address Address::any(AddressFamily family, std::uint16_t port) {
  if (family == AddressFamily::ipv4) {
    const sockaddr_in native = ipv4_address(INADDR_ANY, port);
    return from_native(&native, sizeof native);
  }
  const sockaddr_in6 native = ipv6_address(in6_addr{}, port);
  return from_native(&native, sizeof native);
}

Address Address::resolve(std::string_view host, std::uint16_t port) {
  const std::string name(host);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;  // one answer an address instead of one a protocol
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(name.c_str(), nullptr, &hints, &found);
  if (failure != 0) throw_error(resolver_error(failure), "getaddrinfo", host);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> answers(found,
                                                               [](addrinfo* list) { freeaddrinfo(list); });
  Address address = from_native(answers->ai_addr, static_cast<std::size_t>(answers->ai_addrlen));
  // The port has one place in both structures: behind the 16-bit family.
  const std::uint16_t network_port = htons(port);
  std::memcpy(address.storage_.data() + offsetof(sockaddr_in, sin_port), &network_port, sizeof network_port);
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  return address;
}

Address Address::from_native(const void* bytes, std::size_t size) {
  Address address;
  if (size < sizeof(sockaddr_in))
    throw std::invalid_argument("a socket address of " + std::to_string(size) + " bytes");
  // The family's type differs (Windows: ADDRESS_FAMILY, Linux: sa_family_t); its place does not.
  const int family = native_as<sockaddr_in>(bytes).sin_family;
  if (family == AF_INET) {
    address.size_ = sizeof(sockaddr_in);
  } else if (family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    address.size_ = sizeof(sockaddr_in6);
  } else {
    throw std::invalid_argument("a socket address of family " + std::to_string(family));
  }
  static_assert(sizeof(sockaddr_in6) <= sizeof storage_);
  std::memcpy(address.storage_.data(), bytes, address.size_);
  return address;
}

AddressFamily Address::family() const {
  return size_ == sizeof(sockaddr_in) ? AddressFamily::ipv4 : AddressFamily::ipv6;
}

std::uint16_t Address::port() const {
  return ntohs(native_as<sockaddr_in>(data()).sin_port);
}

bool Address::is_loopback() const {
  if (family() == AddressFamily::ipv4) {
    return (ntohl(native_as<sockaddr_in>(data()).sin_addr.s_addr) >> 24) == 127;
  }
  in6_addr host = native_as<sockaddr_in6>(data()).sin6_addr;
  // A dual-stack socket shows IPv4 peers as ::ffff:a.b.c.d.
  if (IN6_IS_ADDR_V4MAPPED(&host)) return host.s6_addr[12] == 127;
  return IN6_IS_ADDR_LOOPBACK(&host);
}

std::string Address::host() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (family() == AddressFamily::ipv4) {
    sockaddr_in native = native_as<sockaddr_in>(data());
    inet_ntop(AF_INET, &native.sin_addr, text, sizeof text);
    return text;
  }
  sockaddr_in6 native = native_as<sockaddr_in6>(data());
  inet_ntop(AF_INET6, &native.sin6_addr, text, sizeof text);
  std::string host = text;
  // A link-local address means nothing without its interface.
  if (native.sin6_scope_id != 0) host += "%" + std::to_string(native.sin6_scope_id);
  return host;
}

std::string Address::to_string() const {
  const std::string port_text = ":" + std::to_string(port());
  return family() == AddressFamily::ipv4 ? host() + port_text : "[" + host() + "]" + port_text;
}

}  // namespace recvbench
