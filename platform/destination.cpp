// Destinations of datagrams.
#include "platform/destination.h"

#include <string>

namespace recvbench {

void switch_on(const Socket& socket, int level, int option, const char* name) {
  const int on = 1;
  if (setsockopt(socket.native(), level, option, reinterpret_cast<const char*>(&on), sizeof on) != 0) {
    throw_error(last_socket_error(), "setsockopt", name + std::string("=1"));
  }
}

Address destination(const in_addr& host) {
  sockaddr_in native{};
  native.sin_family = AF_INET;
  native.sin_addr = host;
  return Address::from_native(&native, sizeof native);
}

Address destination(const in6_addr& host) {
  sockaddr_in6 native{};
  native.sin6_family = AF_INET6;
  native.sin6_addr = host;
  return Address::from_native(&native, sizeof native);
}

}  // namespace recvbench
