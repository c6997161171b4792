#include "harness/benchmarks/peers/stamped_socket.h"

#include <sys/socket.h>
#include <time.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "platform/address.h"
#include "platform/clock.h"
#include "platform/datagram.h"
#include "platform/error.h"

namespace recvbench {

namespace {

// One datagram; its size, and its time in `at_ns`. Negative where there is none, or an error.
ssize_t receive(NativeSocket socket, std::uint64_t& at_ns) {
  std::array<std::byte, 65536> bytes;
  alignas(cmsghdr) std::array<std::byte, 256> control;
  iovec piece{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = ::recvmsg(socket, &message, 0);
  if (got < 0) return got;
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec at{};
    std::memcpy(&at, CMSG_DATA(part), sizeof at);
    at_ns = static_cast<std::uint64_t>(at.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(at.tv_nsec);
  }
  return got;
}

SocketOptions roomy() {
  SocketOptions options;
  options.receive_buffer_bytes = 8 << 20;  // as much of it as the system grants: what is dropped leaves a gap
  return options;
}

}  // namespace

StampedSocket::StampedSocket(std::uint16_t port)
    : socket_(bind_udp(Address::loopback(AddressFamily::ipv4, port), roomy())) {
  const int on = 1;
  if (::setsockopt(socket_.native(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0)
    throw_error(std::error_code(errno, std::system_category()), "setsockopt", "SO_TIMESTAMPNS");
}

std::uint16_t StampedSocket::port() const {
  return local_address(socket_).port();
}

std::vector<std::uint64_t> StampedSocket::receive_times(std::size_t longer_than,
                                                        std::chrono::milliseconds quiet,
                                                        std::chrono::milliseconds limit) {
  std::vector<std::uint64_t> times;
  times.reserve(1 << 20);
  const std::uint64_t deadline = now_ns() + static_cast<std::uint64_t>(limit.count()) * 1'000'000;
  while (now_ns() < deadline) {
    if (!wait_readable(socket_.native(), quiet)) {
      if (!times.empty()) break;
      continue;
    }
    std::uint64_t at_ns = 0;
    const ssize_t got = receive(socket_.native(), at_ns);
    if (got < 0) throw_error(std::error_code(errno, std::system_category()), "recvmsg");
    if (static_cast<std::size_t>(got) > longer_than) times.push_back(at_ns);
  }
  return times;
}

}  // namespace recvbench
