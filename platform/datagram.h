// UDP: sockets, and datagrams with their source. Sockets are opened by open_udp (platform/socket.h) or, ready
// to use, by bind_udp and connect_udp.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <system_error>
#include <vector>

#include "platform/address.h"
#include "platform/socket.h"

namespace recvbench {

// The most that one datagram can carry over IPv4: 65,535 bytes less the headers of IP (20) and UDP (8).
inline constexpr std::size_t most_datagram_bytes = 65'507;

// Where a receive writes the source of a datagram. A plain value.
struct SourceAddress {
  alignas(8) std::array<std::byte, 32> storage{};  // fits sockaddr_in6 (28 bytes)
  int size = static_cast<int>(sizeof storage);     // in: the room; out: what was written

  // A sockaddr_in or sockaddr_in6, as Address::from_native and send_datagram take it; valid as long as this
  // is.
  std::span<const std::byte> bytes() const { return {storage.data(), static_cast<std::size_t>(size)}; }
};

// A socket that receives from everyone at `address`. An IPv6 "any" address is dual-stack unless
// SocketOptions::ipv6_only: IPv4 sources then show as ::ffff:a.b.c.d and are answered as such. A port in use
// is an error, as with listen_tcp. Throws std::system_error.
Socket bind_udp(const Address& address, const SocketOptions& options = {});

// `count` such sockets (>= 1) that share address and port: each datagram goes to one of them, those of one
// flow (from one peer) to the same one. Linux: SO_REUSEPORT, and a hash of both addresses and ports. Windows:
// SIO_CPU_AFFINITY, socket i for processor i, by the hash of receive-side scaling. With a count of 1 this is
// bind_udp. Throws std::system_error, also where the system cannot share a port so.
std::vector<Socket> bind_udp_group(const Address& address, std::size_t count,
                                   const SocketOptions& options = {});

// A socket whose sends go to `peer` and that hears nobody else. Throws std::system_error.
Socket connect_udp(const Address& peer, const SocketOptions& options = {});

// One recvfrom. `bytes` of the datagram are in the buffer, its source is in `source`; where the datagram was
// larger than the buffer, `truncated` is set and the rest is lost. Zero bytes without an error are a datagram
// of that size. The error of a receive that shutdown_both has ended (where the system ends it) is not
// would_block() and not an earlier send's.
struct DatagramResult {
  std::size_t bytes = 0;
  bool truncated = false;
  std::error_code error;
};
DatagramResult receive_datagram(NativeSocket socket, std::span<std::byte> buffer,
                                SourceAddress& source) noexcept;

// Sends one datagram to `to` (SourceAddress::bytes), waiting for room whether the socket is blocking or not;
// std::errc::timed_out where there was none for `timeout`. Leaves nothing behind in a completion port that
// the socket belongs to, and may be called inside a completion routine.
std::error_code send_datagram(NativeSocket socket, std::span<const std::byte> data,
                              std::span<const std::byte> to, std::chrono::milliseconds timeout) noexcept;

// Datagrams that this socket's full buffer has dropped so far; empty where the system does not tell.
std::optional<std::uint64_t> dropped_datagrams(const Socket& socket) noexcept;

// True where a receive failed only because of a datagram that was sent earlier and could not be delivered
// (ICMP "port unreachable" and its like): the socket is as good as before.
bool concerns_earlier_send(const std::error_code& error) noexcept;

}  // namespace recvbench
