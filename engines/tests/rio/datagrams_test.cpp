// Datagrams, and what RIOReceiveEx returns beside the data: addresses, control data, flags. Quotations are
// from RIOReceiveEx unless they say otherwise.
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>

#include <cstring>
#include <deque>

#include "engines/tests/rio/provider_fixture.h"
#include "platform/error.h"

namespace recvbench {
namespace {

class RioDatagrams : public RioProviderTest {
 protected:
  void SetUp() override {
    RioProviderTest::SetUp();
    open(AddressFamily::ipv4);
  }
  void TearDown() override {
    receivers_.clear();
    RioProviderTest::TearDown();
  }

  // A bound receiver with its request queue, and a sender to it.
  void open(AddressFamily family) {
    SocketOptions options;
    options.registered_io = true;
    receiver_ = &receivers_.emplace_back(open_udp(family, options));
    bind_socket(*receiver_, Address::loopback(family));
    sender_ = open_udp(family);
    bind_socket(sender_, Address::loopback(family));
    cq_ = new_completion_queue(32);
    rq_ = new_request_queue(*receiver_, 16, cq_, this);
    ASSERT_NE(rq_, rio::invalid_request_queue) << WSAGetLastError();
  }

  void send_datagram(std::string_view text) {
    const Address to = local_address(*receiver_);
    ASSERT_EQ(sendto(sender_.native(), text.data(), static_cast<int>(text.size()), 0,
                     static_cast<const sockaddr*>(to.data()), static_cast<int>(to.size())),
              static_cast<int>(text.size()))
        << WSAGetLastError();
  }

  // RIOReceiveEx into bytes 0..63, with the details wherever they are asked for.
  struct Details {
    bool local = false, remote = false, control = false, flags = false;
  };
  bool receive_ex(Details details, rio::Buffer data, std::size_t context = 0) {
    rio::Buffer local = slice(1024, sizeof(SOCKADDR_INET));
    rio::Buffer remote = slice(2048, sizeof(SOCKADDR_INET));
    rio::Buffer control = slice(3072, 256);
    rio::Buffer flags = slice(3584, sizeof(ULONG));
    return rio().receive_ex(rq_, &data, 1, details.local ? &local : nullptr,
                            details.remote ? &remote : nullptr, details.control ? &control : nullptr,
                            details.flags ? &flags : nullptr, 0, reinterpret_cast<void*>(context)) != FALSE;
  }

  template <class T>
  T at(ULONG offset) const {
    T value;
    std::memcpy(&value, memory(offset, sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string address_at(ULONG offset) const {
    const auto address = at<SOCKADDR_INET>(offset);
    const std::size_t bytes = address.si_family == AF_INET ? sizeof(address.Ipv4) : sizeof(address.Ipv6);
    return Address::from_native(&address, bytes).to_string();
  }

  std::deque<Socket> receivers_;
  Socket* receiver_ = nullptr;
  Socket sender_;
  rio::CompletionQueue cq_ = rio::invalid_completion_queue;
  rio::RequestQueue rq_ = rio::invalid_request_queue;
};
RECVBENCH_RIO_PROVIDERS(RioDatagrams);

// RIOReceive: "receives network data on a connected registered I/O TCP socket or a bound registered I/O UDP
// socket".
TEST_P(RioDatagrams, EachReceiveTakesOneDatagram) {
  for (ULONG i = 0; i < 3; ++i) ASSERT_TRUE(receive(rq_, slice(i * 16, 16), i));
  send_datagram("one");
  send_datagram("three");
  send_datagram("of them");
  const auto results = dequeue(cq_, 3);
  const std::array<std::string_view, 3> sent{"one", "three", "of them"};
  for (ULONG i = 0; i < 3; ++i) {
    EXPECT_EQ(results[i].status, 0);
    EXPECT_EQ(results[i].request_context, i);
    EXPECT_EQ(results[i].socket_context, reinterpret_cast<ULONGLONG>(this));
    EXPECT_EQ(memory(i * 16, results[i].bytes_transferred), sent[i]);
  }
}

TEST_P(RioDatagrams, ADatagramMayBeEmpty) {
  ASSERT_TRUE(receive(rq_, slice(0, 16)));
  send_datagram("");
  const rio::Result result = dequeue(cq_, 1)[0];
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.bytes_transferred, 0u);
}

// WSARecv: a datagram larger than the buffer fills it, the rest is lost and the error is WSAEMSGSIZE. RIO's
// pages do not say otherwise.
TEST_P(RioDatagrams, ADatagramThatDoesNotFitIsCutAndSaysSo) {
  for (const bool there : {false, true}) {
    if (there) {
      send_datagram("0123456789");
      ASSERT_TRUE(wait_readable(receiver_->native(), limit));
    }
    ASSERT_TRUE(receive_ex({.remote = true, .flags = true}, slice(0, 4)));
    if (!there) send_datagram("0123456789");
    const rio::Result result = dequeue(cq_, 1)[0];
    EXPECT_EQ(socket_error(result.status), socket_error(WSAEMSGSIZE)) << "there before: " << there;
    EXPECT_EQ(memory(0, 5), std::string_view("0123\0", 5));
    EXPECT_EQ(address_at(2048), local_address(sender_).to_string());
    if (GetParam() == ProviderKind::emulated) {
      EXPECT_NE(at<ULONG>(3584) & MSG_TRUNC, 0u);
    }
    fill(0, std::string(5, '\0'));
  }
  ASSERT_TRUE(receive(rq_, slice(0, 16)));
  send_datagram("next");
  EXPECT_EQ(dequeue(cq_, 1)[0].bytes_transferred, 4u);
  EXPECT_EQ(memory(0, 4), "next");
}

// "The pLocalAddress parameter can be used to retrieve the local address where the data was received. The
// pRemoteAddress parameter can be used to retrieve the remote address [...] The local and remote addresses
// are returned as SOCKADDR_INET structures."
TEST_P(RioDatagrams, BothAddressesAreReturned) {
  for (const AddressFamily family : {AddressFamily::ipv4, AddressFamily::ipv6}) {
    open(family);
    ASSERT_TRUE(receive_ex({.local = true, .remote = true}, slice(0, 64), 5));
    send_datagram("hello");
    const rio::Result result = dequeue(cq_, 1)[0];
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.request_context, 5u);
    EXPECT_EQ(memory(0, result.bytes_transferred), "hello");
    EXPECT_EQ(address_at(1024), local_address(*receiver_).to_string());
    EXPECT_EQ(address_at(2048), local_address(sender_).to_string());
  }
}

// "This parameter may be NULL if the application does not want to receive the remote address", and so on for
// each.
TEST_P(RioDatagrams, EveryDetailMayBeLeftOut) {
  ASSERT_TRUE(receive_ex({}, slice(0, 64)));
  send_datagram("plain");
  EXPECT_EQ(memory(0, dequeue(cq_, 1)[0].bytes_transferred), "plain");
}

// "If this parameter is not NULL, then the buffer segment must be at least the size of a SOCKADDR_INET
// structure."
TEST_P(RioDatagrams, AnAddressNeedsItsRoom) {
  rio::Buffer data = slice(0, 64);
  rio::Buffer small = slice(1024, sizeof(SOCKADDR_INET) - 1);
  EXPECT_FALSE(rio().receive_ex(rq_, &data, 1, nullptr, &small, nullptr, nullptr, 0, nullptr));
  EXPECT_FALSE(rio().receive_ex(rq_, &data, 1, &small, nullptr, nullptr, nullptr, 0, nullptr));
}

// WSAEFAULT: "if a buffer identifier is deregistered or a buffer is freed for any of the RIO_BUF structures
// passed in parameters".
TEST_P(RioDatagrams, AnAddressNeedsARegisteredBuffer) {
  alignas(8) std::array<char, 64> elsewhere{};
  const rio::BufferId id = rio().register_buffer(elsewhere.data(), static_cast<DWORD>(elsewhere.size()));
  ASSERT_NE(id, rio::invalid_buffer_id);
  rio().deregister_buffer(id);
  rio::Buffer data = slice(0, 64);
  rio::Buffer gone{id, 0, sizeof(SOCKADDR_INET)};
  EXPECT_FALSE(rio().receive_ex(rq_, &data, 1, nullptr, &gone, nullptr, nullptr, 0, nullptr));
  EXPECT_EQ(WSAGetLastError(), WSAEFAULT);
}

// "A buffer slice that on completion will hold additional control information about the receive operation",
// of which IP_PKTINFO is one: "Specifies/receives packet information."
TEST_P(RioDatagrams, ControlDataIsReturned) {
  const DWORD on = 1;
  ASSERT_EQ(
      setsockopt(receiver_->native(), IPPROTO_IP, IP_PKTINFO, reinterpret_cast<const char*>(&on), sizeof(on)),
      0);
  ASSERT_TRUE(receive_ex({.control = true}, slice(0, 64)));
  send_datagram("x");
  ASSERT_EQ(dequeue(cq_, 1)[0].status, 0);
  ASSERT_GE(at<rio::ControlBuffer>(3072).total_length, rio::control_base_size + sizeof(WSACMSGHDR));
  const auto head = at<WSACMSGHDR>(3072 + rio::control_base_size);
  EXPECT_EQ(head.cmsg_level, IPPROTO_IP);
  EXPECT_EQ(head.cmsg_type, IP_PKTINFO);
  const auto info = at<IN_PKTINFO>(3072 + rio::control_base_size + sizeof(WSACMSGHDR));
  EXPECT_EQ(info.ipi_addr.s_addr, htonl(INADDR_LOOPBACK));
}

TEST_P(RioDatagrams, ControlDataOfASocketThatWasAskedForNoneIsEmpty) {
  ASSERT_TRUE(receive_ex({.control = true}, slice(0, 64)));
  send_datagram("x");
  ASSERT_EQ(dequeue(cq_, 1)[0].status, 0);
  EXPECT_LE(at<rio::ControlBuffer>(3072).total_length, rio::control_base_size);
}

// "This parameter may be NULL for a bound registered I/O UDP socket if the application does not need to
// receive a data payload in the UDP datagram." "This parameter should be set to zero if the pData is NULL."
TEST_P(RioDatagrams, TheDataMayBeLeftOut) {
  rio::Buffer remote = slice(2048, sizeof(SOCKADDR_INET));
  ASSERT_TRUE(rio().receive_ex(rq_, nullptr, 0, nullptr, &remote, nullptr, nullptr, 0,
                               reinterpret_cast<void*>(std::size_t{7})))
      << WSAGetLastError();
  send_datagram("nobody wants it");
  EXPECT_EQ(dequeue(cq_, 1)[0].request_context, 7u);
  EXPECT_EQ(address_at(2048), local_address(sender_).to_string());
}

// RIO_MSG_WAITALL: "This flag is not supported on datagram sockets or on message-oriented connectionless
// sockets."
TEST_P(RioDatagrams, WaitAllIsNotForDatagrams) {
  EXPECT_FALSE(receive(rq_, slice(0, 64), 0, rio::wait_all));
}

// RIO_MSG_COMMIT_ONLY: "the pData, pLocalAddress, pRemoteAddress, pControlContext, pFlags, and RequestContext
// parameters must be NULL and the DataBufferCount parameter must be zero."
TEST_P(RioDatagrams, CommitTakesNoDetails) {
  rio::Buffer data = slice(0, 64);
  rio::Buffer remote = slice(2048, sizeof(SOCKADDR_INET));
  ASSERT_TRUE(rio().receive_ex(rq_, &data, 1, nullptr, &remote, nullptr, nullptr, rio::defer, nullptr));
  EXPECT_FALSE(
      rio().receive_ex(rq_, nullptr, 0, nullptr, &remote, nullptr, nullptr, rio::commit_only, nullptr));
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  ASSERT_TRUE(
      rio().receive_ex(rq_, nullptr, 0, nullptr, nullptr, nullptr, nullptr, rio::commit_only, nullptr));
  send_datagram("committed");
  EXPECT_EQ(dequeue(cq_, 1)[0].bytes_transferred, 9u);
}

// WSA_OPERATION_ABORTED: "This error is returned if the socket is closed locally or remotely".
TEST_P(RioDatagrams, ClosesocketCompletesWhatIsPending) {
  for (ULONG i = 0; i < 4; ++i) ASSERT_TRUE(receive_ex({.remote = true}, slice(i * 16, 16), i));
  receiver_->close();
  const auto results = dequeue(cq_, 4);
  for (ULONG i = 0; i < 4; ++i) {
    EXPECT_EQ(results[i].status, WSA_OPERATION_ABORTED);
    EXPECT_EQ(results[i].request_context, i);
  }
}

// "receives network data on a connected registered I/O TCP socket [...] with additional options".
TEST_P(RioDatagrams, AStreamHasAddressesAsWell) {
  SocketPair& pair = new_pair();
  rq_ = new_request_queue(pair.accepted, 1, cq_);
  ASSERT_NE(rq_, rio::invalid_request_queue) << WSAGetLastError();
  ASSERT_TRUE(receive_ex({.local = true, .remote = true}, slice(0, 64)));
  send(pair.connected, "stream");
  EXPECT_EQ(dequeue(cq_, 1)[0].bytes_transferred, 6u);
  EXPECT_EQ(address_at(1024), local_address(pair.accepted).to_string());
  EXPECT_EQ(address_at(2048), peer_address(pair.accepted).to_string());
}

}  // namespace
}  // namespace recvbench
