// An IPv4 or IPv6 socket address with its port. A plain value; thread-safe like one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace recvbench {

enum class AddressFamily { ipv4, ipv6 };

class Address {
 public:
  Address() = default;  // an empty address: family() must not be asked of it

  // 127.0.0.1 or ::1 with this port.
  static Address loopback(AddressFamily family, std::uint16_t port = 0);
  // 0.0.0.0 or :: with this port. A listener on :: is dual-stack unless SocketOptions::ipv6_only.
  static Address any(AddressFamily family, std::uint16_t port = 0);
  // Resolves a host name or literal by getaddrinfo and takes its first answer.
  // Throws std::system_error naming the host where it cannot be resolved.
  static Address resolve(std::string_view host, std::uint16_t port);
  // From the bytes of a sockaddr_in or sockaddr_in6.
  static Address from_native(const void* sockaddr, std::size_t size);

  AddressFamily family() const;
  std::uint16_t port() const;
  bool is_loopback() const;
  // "127.0.0.1:80", "[::1]:80".
  std::string to_string() const;
  // "127.0.0.1", "::1".
  std::string host() const;

  // For bind, connect and their like.
  const void* data() const { return storage_.data(); }
  std::size_t size() const { return size_; }

 private:
  alignas(8) std::array<std::byte, 32> storage_{};  // fits sockaddr_in6 (28 bytes)
  std::size_t size_ = 0;
};

}  // namespace recvbench
