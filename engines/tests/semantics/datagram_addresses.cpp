// Whose datagram it was, and by what a datagram socket gets an address of its own.
#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class DatagramAddresses : public WinsockTest {
 protected:
  void SetUp() override {
    receiver_ = bound_datagram_socket();
    sender_ = bound_datagram_socket();
    set_receive_timeout(receiver_, patience_ms);
  }
  void send(std::string_view text) const { send_datagram(sender_, local_address(receiver_), text); }
  // "from the sender", or whatever address stands there.
  std::string whose(const sockaddr_storage& from, int length) const {
    if (length <= 0 || from.ss_family == 0) return "from nowhere";
    const std::string address = Address::from_native(&from, static_cast<std::size_t>(length)).to_string();
    return address == local_address(sender_).to_string() ? "from the sender" : "from " + address;
  }

  Socket receiver_;
  Socket sender_;
};

constexpr const char* stores_source = "WSARecvFrom: Receives a datagram and stores the source address";
constexpr const char* implicitly_bound =
    "For client applications the socket can become bound implicitly to a local address through connect, "
    "WSAConnect, sendto, WSASendTo, or WSAJoinLeaf";
constexpr const char* getting_started = "Getting started with Winsock";

// One WSARecvFrom with room for any address.
struct ReceiveFrom {
  char data[16] = {};
  sockaddr_storage from{};
  int from_length = sizeof from;
  DWORD bytes = 0;
  DWORD flags = 0;

  Outcome call(const Socket& socket, WSAOVERLAPPED* overlapped = nullptr) {
    WSABUF buffer{sizeof data, data};
    const int returned = WSARecvFrom(socket.native(), &buffer, 1, &bytes, &flags,
                                     reinterpret_cast<sockaddr*>(&from), &from_length, overlapped, nullptr);
    return {returned == 0 ? 0 : WSAGetLastError(), bytes, flags};
  }
};

TEST_F(DatagramAddresses, SourceIsStored) {
  Documented sentence({getting_started, stores_source, "5 bytes from the sender"});
  send("hello");
  ReceiveFrom receive;
  const std::string outcome = describe(receive.call(receiver_));
  EXPECT_TRUE(sentence.matches(outcome + " " + whose(receive.from, receive.from_length)));
}

TEST_F(DatagramAddresses, SourceIsStoredByRecvfrom) {
  Documented sentence({getting_started, "recvfrom: Receives a datagram and stores the source address",
                       "5 bytes from the sender"});
  send("hello");
  char data[16];
  sockaddr_storage from{};
  int length = sizeof from;
  const int received =
      recvfrom(receiver_.native(), data, sizeof data, 0, reinterpret_cast<sockaddr*>(&from), &length);
  EXPECT_TRUE(sentence.matches(std::to_string(received) + " bytes " + whose(from, length)));
}

TEST_F(DatagramAddresses, SourceIsStoredAtOnceOverlapped) {
  Documented sentence({getting_started, stores_source, "5 bytes from the sender"});
  send("hello");
  ASSERT_TRUE(wait_readable(receiver_.native(), patience));
  ReceiveFrom receive;
  const Event event;
  WSAOVERLAPPED overlapped{};
  overlapped.hEvent = event.handle();
  const std::string outcome = describe(receive.call(receiver_, &overlapped));
  ASSERT_TRUE(event.wait(patience_ms));
  EXPECT_TRUE(sentence.matches(outcome + " " + whose(receive.from, receive.from_length)));
}

TEST_F(DatagramAddresses, SourceIsStoredUponCompletion) {
  Documented sentence({"WSARecvFrom",
                       "lpFrom: An optional pointer to a buffer that will hold the source address upon the "
                       "completion of the overlapped operation",
                       "pending from nowhere, completed from the sender"});
  ReceiveFrom receive;
  const Event event;
  WSAOVERLAPPED overlapped{};
  overlapped.hEvent = event.handle();
  ASSERT_EQ(describe(receive.call(receiver_, &overlapped)), "WSA_IO_PENDING");
  const std::string pending = whose(receive.from, receive.from_length);
  send("hello");
  ASSERT_TRUE(event.wait(patience_ms));
  EXPECT_TRUE(
      sentence.matches("pending " + pending + ", completed " + whose(receive.from, receive.from_length)));
}

TEST_F(DatagramAddresses, SourceIsStoredBeforeThePacketIsQueued) {
  Documented sentence({"WSARecvFrom",
                       "lpFrom: An optional pointer to a buffer that will hold the source address upon the "
                       "completion of the overlapped operation",
                       "5 bytes from the sender"});
  Port port;
  port.associate(receiver_);
  ReceiveFrom receive;
  WSAOVERLAPPED overlapped{};
  ASSERT_EQ(describe(receive.call(receiver_, &overlapped)), "WSA_IO_PENDING");
  send("hello");
  const Packet packet = port.take();
  ASSERT_TRUE(packet.succeeded);
  EXPECT_TRUE(
      sentence.matches(std::to_string(packet.bytes) + " bytes " + whose(receive.from, receive.from_length)));
}

TEST_F(DatagramAddresses, SourceOfAnEmptyDatagram) {
  Documented sentence({getting_started, stores_source, "0 bytes from the sender"});
  send("");
  ReceiveFrom receive;
  const std::string outcome = describe(receive.call(receiver_));
  EXPECT_TRUE(sentence.matches(outcome + " " + whose(receive.from, receive.from_length)));
}

TEST_F(DatagramAddresses, SourceOnAConnectedSocket) {
  Documented sentence({getting_started, stores_source, "5 bytes from the sender"});
  connect_datagram_socket(receiver_, local_address(sender_));
  send("hello");
  ReceiveFrom receive;
  const std::string outcome = describe(receive.call(receiver_));
  EXPECT_TRUE(sentence.matches(outcome + " " + whose(receive.from, receive.from_length)));
}

TEST_F(DatagramAddresses, SourceIsNotStoredOnAStream) {
  Documented sentence({"WSARecvFrom",
                       "The lpFrom and lpFromlen parameters are ignored for connection-oriented sockets",
                       "5 bytes from nowhere"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "hello");
  ReceiveFrom receive;
  const std::string outcome = describe(receive.call(pair.accepted));
  EXPECT_TRUE(sentence.matches(outcome + " " + whose(receive.from, receive.from_length)));
}

TEST_F(DatagramAddresses, SourceNeedsRoom) {
  Documented sentence({"WSARecvFrom",
                       "WSAEFAULT: ... the lpFrom buffer was too small to accommodate the peer address",
                       "WSAEFAULT", on_wine("5 bytes")});
  send("hello");
  ReceiveFrom receive;
  receive.from_length = 4;
  EXPECT_TRUE(sentence.matches(describe(receive.call(receiver_))));
}

TEST_F(DatagramAddresses, SourceMayBeLeftOut) {
  Documented sentence({"WSARecvFrom", "lpFrom: An optional pointer", "hello"});
  send("hello");
  char data[16];
  WSABUF buffer{sizeof data, data};
  DWORD bytes = 0;
  DWORD flags = 0;
  const int returned =
      WSARecvFrom(receiver_.native(), &buffer, 1, &bytes, &flags, nullptr, nullptr, nullptr, nullptr);
  EXPECT_TRUE(sentence.matches(returned == 0 ? std::string(data, bytes) : error_text(WSAGetLastError())));
}

TEST_F(DatagramAddresses, SendtoBindsImplicitly) {
  Documented sentence({"WSARecv", implicitly_bound, "question, answer"});
  const Socket client = open_udp(AddressFamily::ipv4);
  set_receive_timeout(client, patience_ms);
  send_datagram(client, local_address(receiver_), "question");
  ReceiveFrom receive;
  const Outcome asked = receive.call(receiver_);
  ASSERT_EQ(asked.error, 0);
  send_datagram(receiver_, Address::from_native(&receive.from, static_cast<std::size_t>(receive.from_length)),
                "answer");
  EXPECT_TRUE(sentence.matches(std::string(receive.data, asked.bytes) + ", " + receive_text(client)));
}

TEST_F(DatagramAddresses, ConnectBindsImplicitly) {
  Documented sentence({"WSARecv", implicitly_bound, "hello"});
  const Socket client = open_udp(AddressFamily::ipv4);
  set_receive_timeout(client, patience_ms);
  connect_datagram_socket(client, local_address(sender_));
  send_datagram(sender_, local_address(client), "hello");
  EXPECT_TRUE(sentence.matches(receive_text(client)));
}

}  // namespace
}  // namespace recvbench
