// The steps of the basic server and client, one by one and together.
#include <ws2tcpip.h>

#include <memory>
#include <thread>

#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class GettingStarted : public WinsockTest {};

constexpr const char* document = "Getting started with Winsock";

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

// What getaddrinfo makes of a stream socket's hints.
Addresses resolve(const char* host, const char* port, int family, int flags) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_protocol = IPPROTO_TCP;
  hints.ai_flags = flags;
  addrinfo* result = nullptr;
  EXPECT_EQ(getaddrinfo(host, port, &hints, &result), 0);
  return Addresses(result);
}

std::string text_of(const addrinfo* address) {
  if (address == nullptr) return "no address";
  return Address::from_native(address->ai_addr, address->ai_addrlen).to_string();
}

std::string result_text(int result, const char* done) {
  return result == SOCKET_ERROR ? error_text(WSAGetLastError()) : done;
}

TEST_F(GettingStarted, PassiveHintMeansAnyAddress) {
  Documented sentence({document,
                       "When the AI_PASSIVE flag is set and nodename parameter to the getaddrinfo function "
                       "is a NULL pointer, the IP address portion of the socket address structure is set to "
                       "INADDR_ANY for IPv4 addresses or IN6ADDR_ANY_INIT for IPv6 addresses",
                       "0.0.0.0:27015, [::]:27015"});
  const std::string ipv4 = text_of(resolve(nullptr, "27015", AF_INET, AI_PASSIVE).get());
  EXPECT_TRUE(sentence.matches(ipv4 + ", " + text_of(resolve(nullptr, "27015", AF_INET6, AI_PASSIVE).get())));
}

TEST_F(GettingStarted, WithoutThePassiveHintItIsLoopback) {
  Documented sentence(
      {"getaddrinfo",
       "If the AI_PASSIVE bit is not set, the returned socket address structure is ready for a call to the "
       "connect function ... If the pNodeName parameter is a NULL pointer in this case, then the IP address "
       "portion of the socket address structure is set to the loopback address",
       "127.0.0.1:27015, [::1]:27015"});
  const std::string ipv4 = text_of(resolve(nullptr, "27015", AF_INET, 0).get());
  EXPECT_TRUE(sentence.matches(ipv4 + ", " + text_of(resolve(nullptr, "27015", AF_INET6, 0).get())));
}

TEST_F(GettingStarted, HintsComeBackInTheAnswer) {
  Documented sentence({document,
                       "use the first IP address returned by the call to getaddrinfo that matched the "
                       "address family, socket type, and protocol specified in the hints parameter",
                       "AF_INET, SOCK_STREAM, IPPROTO_TCP"});
  const Addresses addresses = resolve(nullptr, "27015", AF_INET, AI_PASSIVE);
  ASSERT_TRUE(addresses);
  EXPECT_TRUE(
      sentence.matches(std::string(addresses->ai_family == AF_INET ? "AF_INET" : "another family") +
                       (addresses->ai_socktype == SOCK_STREAM ? ", SOCK_STREAM" : ", another type") +
                       (addresses->ai_protocol == IPPROTO_TCP ? ", IPPROTO_TCP" : ", another protocol")));
}

TEST_F(GettingStarted, UnspecifiedFamilyMayBeEither) {
  Documented sentence({document,
                       "The address family was left unspecified (AF_UNSPEC), so the returned IP address "
                       "could be either an IPv6 or IPv4 address for the server",
                       "127.0.0.1:27015, [::1]:27015"});
  const std::string ipv4 = text_of(resolve("127.0.0.1", "27015", AF_UNSPEC, 0).get());
  EXPECT_TRUE(sentence.matches(ipv4 + ", " + text_of(resolve("::1", "27015", AF_UNSPEC, 0).get())));
}

TEST_F(GettingStarted, AnswerMakesASocketThatCanBeBound) {
  Documented sentence({document,
                       "Call the bind function, passing the created socket and sockaddr structure returned "
                       "from the getaddrinfo function as parameters",
                       "bound to 0.0.0.0"});
  const Addresses addresses = resolve(nullptr, "0", AF_INET, AI_PASSIVE);
  ASSERT_TRUE(addresses);
  const Socket server(::socket(addresses->ai_family, addresses->ai_socktype, addresses->ai_protocol));
  ASSERT_EQ(bind(server.native(), addresses->ai_addr, static_cast<int>(addresses->ai_addrlen)), 0);
  EXPECT_TRUE(sentence.matches("bound to " + local_address(server).host()));
}

TEST_F(GettingStarted, FailedSocketCallSaysWhy) {
  Documented sentence({document,
                       "If the socket call fails, it returns INVALID_SOCKET ... WSAGetLastError returns an "
                       "error number associated with the last error that occurred",
                       "INVALID_SOCKET, WSAEAFNOSUPPORT"});
  const Socket none(::socket(12345, SOCK_STREAM, IPPROTO_TCP));
  const int error = WSAGetLastError();
  EXPECT_TRUE(sentence.matches(std::string(none ? "a socket, " : "INVALID_SOCKET, ") + error_text(error)));
}

TEST_F(GettingStarted, ListeningNeedsAnAddress) {
  Documented sentence({document,
                       "After the socket is bound to an IP address and port on the system, the server must "
                       "then listen on that IP address and port",
                       "unbound WSAEINVAL, bound success"});
  const Socket server = open_tcp(AddressFamily::ipv4);
  const std::string unbound = result_text(listen(server.native(), SOMAXCONN), "success");
  bind_socket(server, Address::loopback(AddressFamily::ipv4));
  EXPECT_TRUE(sentence.matches("unbound " + unbound + ", bound " +
                               result_text(listen(server.native(), SOMAXCONN), "success")));
}

TEST_F(GettingStarted, AcceptingNeedsListening) {
  Documented sentence(
      {"accept", "WSAEINVAL: The listen function was not invoked prior to accept", "WSAEINVAL"});
  const Socket server = open_tcp(AddressFamily::ipv4);
  bind_socket(server, Address::loopback(AddressFamily::ipv4));
  const Socket client(accept(server.native(), nullptr, nullptr));
  EXPECT_TRUE(sentence.matches(client ? "a socket" : error_text(WSAGetLastError())));
}

TEST_F(GettingStarted, BacklogKeepsConnectionsThatWereNotAccepted) {
  Documented sentence({document,
                       "SOMAXCONN ... instructs the Winsock provider for this socket to allow a maximum "
                       "reasonable number of pending connections in the queue",
                       "20 of 20"});
  const Socket server = listen_tcp(Address::loopback(AddressFamily::ipv4), SOMAXCONN);
  std::vector<Socket> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(connect_tcp(local_address(server), patience));
  int accepted = 0;
  for (std::size_t i = 0; i < clients.size(); ++i) {
    std::error_code error;
    if (wait_readable(server.native(), patience) && accept_tcp(server, error)) ++accepted;
  }
  EXPECT_TRUE(sentence.matches(std::to_string(accepted) + " of 20"));
}

TEST_F(GettingStarted, AcceptedSocketOutlivesTheListener) {
  Documented sentence({document, "No longer need server socket: closesocket(ListenSocket)", "hello"});
  Socket server = listen_tcp(Address::loopback(AddressFamily::ipv4), 1);
  const Socket client = connect_tcp(local_address(server), patience);
  const Socket accepted(accept(server.native(), nullptr, nullptr));
  server.close();
  set_receive_timeout(accepted, patience_ms);
  send_text(client, "hello");
  EXPECT_TRUE(sentence.matches(receive_text(accepted)));
}

TEST_F(GettingStarted, ConnectingToNobodyFails) {
  Documented sentence(
      {document, "If the connect call fails to the first IP address, then try the next", "WSAECONNREFUSED"});
  Socket closed = listen_tcp(Address::loopback(AddressFamily::ipv4), 1);
  const Address nobody = local_address(closed);
  closed.close();
  const Socket client = open_tcp(AddressFamily::ipv4);
  const int result =
      connect(client.native(), static_cast<const sockaddr*>(nobody.data()), static_cast<int>(nobody.size()));
  EXPECT_TRUE(sentence.matches(result_text(result, "success")));
}

TEST_F(GettingStarted, NextAddressIsTriedWithAnotherSocket) {
  Documented sentence({document, "Attempt to connect to an address until one succeeds", "hello"});
  Socket closed = listen_tcp(Address::loopback(AddressFamily::ipv4), 1);
  const Address nobody = local_address(closed);
  closed.close();
  const Socket server = listen_tcp(Address::loopback(AddressFamily::ipv4), 1);
  Socket client;
  for (const Address& address : {nobody, local_address(server)}) {
    client = open_tcp(AddressFamily::ipv4);
    if (connect(client.native(), static_cast<const sockaddr*>(address.data()),
                static_cast<int>(address.size())) == 0) {
      break;
    }
    client.close();
  }
  ASSERT_TRUE(client);
  std::error_code error;
  const Socket accepted = accept_tcp(server, error);
  set_receive_timeout(accepted, patience_ms);
  send_text(client, "hello");
  EXPECT_TRUE(sentence.matches(receive_text(accepted)));
}

TEST_F(GettingStarted, SendAndRecvReturnTheirBytes) {
  Documented sentence({document,
                       "The send and recv functions both return an integer value of the number of bytes sent "
                       "or received, respectively, or an error",
                       "send 5, recv 5"});
  const SocketPair pair = blocking_pair();
  const int sent = send(pair.connected.native(), "hello", 5, 0);
  ASSERT_TRUE(wait_readable(pair.accepted.native(), patience));
  char data[512];
  EXPECT_TRUE(sentence.matches("send " + std::to_string(sent) + ", recv " +
                               std::to_string(recv(pair.accepted.native(), data, sizeof data, 0))));
}

TEST_F(GettingStarted, RecvSaysZeroOfAClosedConnection) {
  Documented sentence({document, "Receive until the peer shuts down the connection: recv ... iResult == 0",
                       "recv 5, then 0, then 0"});
  const SocketPair pair = blocking_pair();
  send_text(pair.connected, "hello");
  shutdown_send(pair.connected);
  char data[512];
  const auto receive_once = [&] {
    return std::to_string(recv(pair.accepted.native(), data, sizeof data, 0));
  };
  const std::string bytes = receive_once();
  const std::string closed = receive_once();
  EXPECT_TRUE(sentence.matches("recv " + bytes + ", then " + closed + ", then " + receive_once()));
}

// The server of the document: echoes until the peer shuts down, then shuts down its own side.
void serve_one(const Socket& listener) {
  std::error_code error;
  const Socket client = accept_tcp(listener, error);
  if (error) {
    ADD_FAILURE() << error.message();
    return;
  }
  set_receive_timeout(client, patience_ms);
  char data[512];
  int received = recv(client.native(), data, sizeof data, 0);
  while (received > 0) {
    EXPECT_EQ(send(client.native(), data, received, 0), received);
    received = recv(client.native(), data, sizeof data, 0);
  }
  EXPECT_EQ(received, 0);
  EXPECT_EQ(shutdown(client.native(), SD_SEND), 0);
}

TEST_F(GettingStarted, ServerAndClientTogether) {
  Documented sentence({document,
                       "shutdown the connection for sending since no more data will be sent; the client can "
                       "still use the ConnectSocket for receiving data",
                       "this is a test, then 0"});
  const Socket listener = listen_tcp(Address::loopback(AddressFamily::ipv4), SOMAXCONN);
  std::thread server([&] { serve_one(listener); });
  const Socket client = connect_tcp(local_address(listener), patience);
  set_receive_timeout(client, patience_ms);
  send_text(client, "this is a test");
  shutdown_send(client);
  std::string echoed;
  char data[512];
  int received = 0;
  while ((received = recv(client.native(), data, sizeof data, 0)) > 0) {
    echoed.append(data, static_cast<std::size_t>(received));
  }
  server.join();
  EXPECT_TRUE(sentence.matches(echoed + ", then " + std::to_string(received)));
}

// One accept into storage that fits every address.
std::string accepted_from(AddressFamily family) {
  const Socket server = listen_tcp(Address::loopback(family), 1);
  const Socket client = connect_tcp(local_address(server), patience);
  SOCKADDR_STORAGE from{};
  int length = sizeof from;
  const Socket accepted(accept(server.native(), reinterpret_cast<sockaddr*>(&from), &length));
  if (!accepted) return error_text(WSAGetLastError());
  return (from.ss_family == AF_INET6 ? "IPv6 in " : "IPv4 in ") + std::to_string(length) + " bytes";
}

TEST_F(GettingStarted, OneStorageFitsEveryAddress) {
  Documented sentence({document,
                       "When the SOCKADDR_STORAGE structure is used to store IP addresses, IPv4 and IPv6 "
                       "addresses can be properly handled with one code base",
                       "IPv4 in 16 bytes, IPv6 in 28 bytes"});
  if (!has_ipv6()) GTEST_SKIP() << "there is no IPv6 here";
  const std::string ipv4 = accepted_from(AddressFamily::ipv4);
  EXPECT_TRUE(sentence.matches(ipv4 + ", " + accepted_from(AddressFamily::ipv6)));
}

}  // namespace
}  // namespace recvbench
