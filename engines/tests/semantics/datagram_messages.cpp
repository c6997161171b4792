// WSARecvMsg: what it says of a datagram beside its bytes.
#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"
#include "platform/datagram_message.h"
#include "platform/winsock/receive_message.h"

namespace recvbench {
namespace {

// One WSARecvMsg, with room for a short message, any address and any control data.
struct ReceiveMessage {
  char data[8] = {};
  sockaddr_storage from{};
  ControlData control;
  WSABUF buffer{sizeof data, data};
  WSAMSG message{};
  DWORD bytes = 0;

  ReceiveMessage() {
    message.name = reinterpret_cast<sockaddr*>(&from);
    message.namelen = sizeof from;
    message.lpBuffers = &buffer;
    message.dwBufferCount = 1;
    message.Control.buf = reinterpret_cast<CHAR*>(control.storage.data());
    message.Control.len = static_cast<ULONG>(control.storage.size());
  }

  Outcome call(const Socket& socket) {
    const int returned = find_wsarecvmsg(socket)(socket.native(), &message, &bytes, nullptr, nullptr);
    return {returned == 0 ? 0 : WSAGetLastError(), bytes, message.dwFlags};
  }
  Outcome post(const Socket& socket, WSAOVERLAPPED& overlapped) {
    const int returned = find_wsarecvmsg(socket)(socket.native(), &message, nullptr, &overlapped, nullptr);
    return {returned == 0 ? 0 : WSAGetLastError(), 0, message.dwFlags};
  }

  std::string text(std::size_t count) const { return {data, count}; }
  std::string source() const {
    if (message.namelen <= 0) return "nowhere";
    return Address::from_native(&from, static_cast<std::size_t>(message.namelen)).to_string();
  }
  std::string destination() const {
    const Address address = destination_of(message);
    return address.size() == 0 ? "nowhere" : address.host();
  }
};

// "WSAEMSGSIZE, MSG_TRUNC".
std::string with_flags(const Outcome& outcome) {
  return describe(outcome) + ((outcome.flags & MSG_TRUNC) != 0 ? ", MSG_TRUNC" : "") +
         ((outcome.flags & MSG_CTRUNC) != 0 ? ", MSG_CTRUNC" : "");
}

class DatagramMessages : public WinsockTest {
 protected:
  void SetUp() override {
    receiver_ = bind_udp(Address::any(AddressFamily::ipv4));
    sender_ = bound_datagram_socket();
    set_receive_timeout(receiver_, patience_ms);
  }
  void send(std::string_view text, const char* to = "127.0.0.1") const {
    send_datagram(sender_, Address::resolve(to, local_address(receiver_).port()), text);
  }

  Socket receiver_;
  Socket sender_;
};

constexpr const char* packet_information =
    "When the IP_PKTINFO socket option is enabled on an IPv4 socket of type SOCK_DGRAM or SOCK_RAW, the "
    "WSARecvMsg function returns packet information in the WSAMSG structure";
constexpr const char* what_was_truncated =
    "If the datagram or control data is truncated during the transmission, the function being used ... "
    "returns SOCKET_ERROR and ... WSAEMSGSIZE. It is up to the application to determine what was truncated "
    "by checking for MSG_TRUNC and/or MSG_CTRUNC flags";

TEST_F(DatagramMessages, AreReceivedByAFunctionThatIsAskedFor) {
  Documented sentence({"WSARecvMsg",
                       "The function pointer for the WSARecvMsg function must be obtained at run time by "
                       "making a call to the WSAIoctl function",
                       "5 bytes: hello"});
  send("hello");
  ReceiveMessage receive;
  const std::string outcome = describe(receive.call(receiver_));
  EXPECT_TRUE(sentence.matches(outcome + ": " + receive.text(receive.bytes)));
}

TEST_F(DatagramMessages, NameTheirSource) {
  Documented sentence({"WSAMSG", "name: ... stores information about the remote address", "the sender"});
  send("hello");
  ReceiveMessage receive;
  ASSERT_EQ(describe(receive.call(receiver_)), "5 bytes");
  const std::string source = receive.source();
  EXPECT_TRUE(sentence.matches(source == local_address(sender_).to_string() ? "the sender" : source));
}

TEST_F(DatagramMessages, NameTheirDestination) {
  Documented sentence({"in_pktinfo",
                       "ipi_addr: The destination IPv4 address from the IP header of the received packet",
                       "127.0.0.1, 127.0.0.2"});
  report_destinations(receiver_);
  send("hello", "127.0.0.1");
  send("hello", "127.0.0.2");
  ReceiveMessage first;
  ReceiveMessage second;
  ASSERT_EQ(describe(first.call(receiver_)), "5 bytes");
  ASSERT_EQ(describe(second.call(receiver_)), "5 bytes");
  EXPECT_TRUE(sentence.matches(first.destination() + ", " + second.destination()));
}

TEST_F(DatagramMessages, NameTheirDestinationToAPendingReceive) {
  Documented sentence({"WSARecvMsg", packet_information, "5 bytes to 127.0.0.2"});
  report_destinations(receiver_);
  ReceiveMessage receive;
  const Event event;
  WSAOVERLAPPED overlapped{};
  overlapped.hEvent = event.handle();
  ASSERT_EQ(describe(receive.post(receiver_, overlapped)), "WSA_IO_PENDING");
  send("hello", "127.0.0.2");
  ASSERT_TRUE(event.wait(patience_ms));
  Outcome outcome;
  if (!WSAGetOverlappedResult(receiver_.native(), &overlapped, &outcome.bytes, FALSE, &outcome.flags))
    outcome.error = WSAGetLastError();
  EXPECT_TRUE(sentence.matches(describe(outcome) + " to " + receive.destination()));
}

TEST_F(DatagramMessages, NameNoDestinationUnasked) {
  Documented sentence({"WSARecvMsg", packet_information, "5 bytes to nowhere"});
  send("hello");
  ReceiveMessage receive;
  const std::string outcome = describe(receive.call(receiver_));
  EXPECT_TRUE(sentence.matches(outcome + " to " + receive.destination()));
}

TEST_F(DatagramMessages, TooLargeIsTruncated) {
  Documented sentence(
      {"WSARecvMsg",
       "If the message is larger than the buffers, the buffers are filled with the first part "
       "of the message and the excess data is lost, and WSARecvMsg generates the error "
       "WSAEMSGSIZE",
       "WSAEMSGSIZE: hello wo"});
  send("hello world");
  ReceiveMessage receive;
  const std::string outcome = describe(receive.call(receiver_));
  EXPECT_TRUE(sentence.matches(outcome + ": " + receive.text(sizeof receive.data)));
}

// As with WSARecv (Datagrams.TooLargeAtOnceIsAnErrorAndACompletion), of which it is known, for the status is
// the same driver's; the engines count on it.
TEST_F(DatagramMessages, TooLargeAtOnceIsAnErrorAndACompletion) {
  Documented sentence({"WSARecvMsg",
                       "Any other error code indicates that the operation was not successfully initiated and "
                       "no completion indication will occur if an overlapped operation was requested",
                       "WSAEMSGSIZE, no packet", wine_as_windows, on_windows("WSAEMSGSIZE, a packet")});
  Port port;
  port.associate(receiver_);
  send("hello world");
  ASSERT_TRUE(wait_readable(receiver_.native(), patience));
  ReceiveMessage receive;
  WSAOVERLAPPED overlapped{};
  const std::string posted = describe(receive.post(receiver_, overlapped));
  port.post(0, 1, nullptr);  // packets come first in, first out: one for the receive would stand before it
  EXPECT_TRUE(sentence.matches(posted + (port.take().key == 1 ? ", no packet" : ", a packet")));
}

TEST_F(DatagramMessages, TooLargeIsFlagged) {
  Documented sentence({"WSAMSG", what_was_truncated, "WSAEMSGSIZE, MSG_TRUNC", on_wine("WSAEMSGSIZE")});
  report_destinations(receiver_);
  send("hello world");
  ReceiveMessage receive;
  EXPECT_TRUE(sentence.matches(with_flags(receive.call(receiver_))));
}

TEST_F(DatagramMessages, TooLargeControlDataAreFlagged) {
  Documented sentence({"WSAMSG", what_was_truncated, "WSAEMSGSIZE, MSG_CTRUNC"});
  report_destinations(receiver_);
  send("hello");
  ReceiveMessage receive;
  receive.message.Control.len = sizeof(WSACMSGHDR);
  EXPECT_TRUE(sentence.matches(with_flags(receive.call(receiver_))));
}

}  // namespace
}  // namespace recvbench
