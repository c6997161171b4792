#include "harness/benchmarks/peers/http_responder.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "platform/address.h"
#include "platform/error.h"
#include "platform/socket.h"

namespace recvbench {

namespace {

constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

[[noreturn]] void fail(const char* call) {
  throw_error(std::error_code(errno, std::system_category()), call);
}

void watch(int poller, int socket) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = socket;
  if (::epoll_ctl(poller, EPOLL_CTL_ADD, socket, &event) != 0) fail("epoll_ctl");
}

// False once the client has ended it.
bool answer_one(int socket) {
  std::array<char, 4096> request;
  return ::recv(socket, request.data(), request.size(), 0) > 0 &&
         ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(answer.size());
}

}  // namespace

void answer_http(std::uint16_t port) {
  const Socket listener = listen_tcp(Address::loopback(AddressFamily::ipv4, port), 1024);
  const int poller = ::epoll_create1(0);
  if (poller < 0) fail("epoll_create1");
  watch(poller, listener.native());
  std::array<epoll_event, 256> events;
  for (;;) {
    const int ready = ::epoll_wait(poller, events.data(), static_cast<int>(events.size()), -1);
    if (ready < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < ready; ++i) {
      const int socket = events[static_cast<std::size_t>(i)].data.fd;
      if (socket != listener.native()) {
        if (!answer_one(socket)) ::close(socket);
      } else if (const int accepted = ::accept(listener.native(), nullptr, nullptr); accepted >= 0) {
        watch(poller, accepted);
      }
    }
  }
}

}  // namespace recvbench
