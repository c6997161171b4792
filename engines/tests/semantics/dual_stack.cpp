// One IPv6 listener for both protocols, or one listener for each.
#include <ws2tcpip.h>

#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

constexpr const char* document = "Dual-Stack Sockets";
constexpr const char* by_default =
    "By default, an IPv6 socket created on Windows Vista and later only operates over the IPv6 protocol";
constexpr const char* mapped =
    "For a dual-stack socket in listening mode, this means that any accepted IPv4 connections will return an "
    "IPv4-mapped IPv6 address";

void set_v6_only(const Socket& socket, DWORD on) {
  if (setsockopt(socket.native(), IPPROTO_IPV6, IPV6_V6ONLY, reinterpret_cast<const char*>(&on), sizeof on) !=
      0) {
    throw_error(last_socket_error(), "setsockopt", "IPV6_V6ONLY");
  }
}

void listen_on(const Socket& socket, const Address& address) {
  bind_socket(socket, address);
  if (listen(socket.native(), 8) != 0) throw_error(last_socket_error(), "listen", address.to_string());
}

// "connected", or why not.
std::string connect_text(const Socket& client, const Address& server) {
  const int result =
      connect(client.native(), static_cast<const sockaddr*>(server.data()), static_cast<int>(server.size()));
  return result == 0 ? "connected" : error_text(WSAGetLastError());
}

class DualStack : public WinsockTest {
 protected:
  void SetUp() override {
    if (!has_ipv6()) GTEST_SKIP() << "there is no IPv6 here";
    listener_ = open_tcp(AddressFamily::ipv6);
  }
  Address loopback(AddressFamily family) const {
    return Address::loopback(family, local_address(listener_).port());
  }
  // Connects and says as whom the listener sees it.
  std::string accepted_as(AddressFamily family) {
    const Socket client = open_tcp(family);
    const std::string connected = connect_text(client, loopback(family));
    if (connected != "connected") return connected;
    std::error_code error;
    const Socket accepted = accept_tcp(listener_, error);
    return error ? error.message() : peer_address(accepted).host();
  }

  Socket listener_;
};

TEST_F(DualStack, IsOffByDefault) {
  Documented sentence({document, by_default, "IPV6_V6ONLY 1", on_wine("IPV6_V6ONLY 0")});
  DWORD on = 0;  // the answer may be one byte long
  int size = sizeof on;
  ASSERT_EQ(getsockopt(listener_.native(), IPPROTO_IPV6, IPV6_V6ONLY, reinterpret_cast<char*>(&on), &size),
            0);
  EXPECT_TRUE(sentence.matches("IPV6_V6ONLY " + std::to_string(on)));
}

TEST_F(DualStack, RefusesIPv4ByDefault) {
  Documented sentence({document, by_default, "WSAECONNREFUSED", on_wine("::ffff:127.0.0.1")});
  listen_on(listener_, Address::any(AddressFamily::ipv6));
  EXPECT_TRUE(sentence.matches(accepted_as(AddressFamily::ipv4)));
}

TEST_F(DualStack, AcceptsIPv4AsAMappedAddress) {
  Documented sentence({document, mapped, "::ffff:127.0.0.1"});
  set_v6_only(listener_, 0);
  listen_on(listener_, Address::any(AddressFamily::ipv6));
  EXPECT_TRUE(sentence.matches(accepted_as(AddressFamily::ipv4)));
}

TEST_F(DualStack, AcceptsIPv6AsItIs) {
  Documented sentence(
      {document,
       "This dual-stack socket can accept connections from IPv6 TCP clients ... and from IPv4 TCP clients",
       "::1"});
  set_v6_only(listener_, 0);
  listen_on(listener_, Address::any(AddressFamily::ipv6));
  EXPECT_TRUE(sentence.matches(accepted_as(AddressFamily::ipv6)));
}

TEST_F(DualStack, ReceivesFromIPv4) {
  Documented sentence({document,
                       "a socket created for the AF_INET6 address family can be used to send and receive "
                       "packets to and from an IPv6 address or an IPv4 mapped address",
                       "WSA_IO_PENDING, then 5 bytes"});
  set_v6_only(listener_, 0);
  listen_on(listener_, Address::any(AddressFamily::ipv6));
  const Socket client = connect_tcp(loopback(AddressFamily::ipv4), patience);
  std::error_code error;
  const Socket accepted = accept_tcp(listener_, error);
  ASSERT_FALSE(error) << error.message();
  PendingReceive receive;
  const std::string posted = describe(receive.post(accepted));
  send_text(client, "hello");
  EXPECT_TRUE(sentence.matches(posted + ", then " + describe(receive.finish())));
}

TEST_F(DualStack, IPv6OnlyRefusesIPv4) {
  Documented sentence({document, by_default, "WSAECONNREFUSED"});
  set_v6_only(listener_, 1);
  listen_on(listener_, Address::any(AddressFamily::ipv6));
  EXPECT_TRUE(sentence.matches(accepted_as(AddressFamily::ipv4)));
}

TEST_F(DualStack, IPv6OnlyLeavesThePortToIPv4) {
  Documented sentence({"Getting started with Winsock",
                       "If a server wants to listen on both IPv6 and IPv4, two listen sockets must be "
                       "created, one for IPv6 and one for IPv4. These two sockets must be handled separately",
                       "IPv4 as 127.0.0.1, IPv6 as ::1"});
  set_v6_only(listener_, 1);
  listen_on(listener_, Address::any(AddressFamily::ipv6));
  const Socket ipv4 = open_tcp(AddressFamily::ipv4);
  listen_on(ipv4, Address::any(AddressFamily::ipv4, local_address(listener_).port()));
  const Socket client = connect_tcp(loopback(AddressFamily::ipv4), patience);
  std::error_code error;
  const Socket accepted = accept_tcp(ipv4, error);
  ASSERT_FALSE(error) << error.message();
  EXPECT_TRUE(sentence.matches("IPv4 as " + peer_address(accepted).host() + ", IPv6 as " +
                               accepted_as(AddressFamily::ipv6)));
}

TEST_F(DualStack, MustBeTurnedOnBeforeBinding) {
  Documented sentence({document,
                       "setsockopt function must be called with the IPV6_V6ONLY socket option to set this "
                       "value to zero before the socket is bound to an IP address",
                       "WSAEINVAL"});
  bind_socket(listener_, Address::any(AddressFamily::ipv6));
  const DWORD off = 0;
  const int result = setsockopt(listener_.native(), IPPROTO_IPV6, IPV6_V6ONLY,
                                reinterpret_cast<const char*>(&off), sizeof off);
  EXPECT_TRUE(sentence.matches(result == 0 ? "success" : error_text(WSAGetLastError())));
}

}  // namespace
}  // namespace recvbench
