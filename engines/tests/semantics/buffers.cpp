// Where the bytes go: several WSABUFs, several receives in flight, arrays on the stack.
#include <algorithm>
#include <array>
#include <memory>

#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class Buffers : public WinsockTest {};

// Three buffers of 2, 3 and 4 bytes, marked where nothing was written.
struct Scattered {
  std::array<char, 2> first;
  std::array<char, 3> second;
  std::array<char, 4> third;
  Scattered() {
    first.fill('.');
    second.fill('.');
    third.fill('.');
  }
  std::array<WSABUF, 3> wsabufs() {
    return {WSABUF{2, first.data()}, WSABUF{3, second.data()}, WSABUF{4, third.data()}};
  }
  std::string text() const {
    return std::string(first.data(), first.size()) + "|" + std::string(second.data(), second.size()) + "|" +
           std::string(third.data(), third.size());
  }
};

TEST_F(Buffers, AreFilledInOrder) {
  Documented sentence(
      {"WSARecv",
       "The buffers are filled in the order in which they appear in the array pointed to by lpBuffers",
       "ab|cde|fghi"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "abcdefghi");
  Scattered scattered;
  auto wsabufs = scattered.wsabufs();
  EXPECT_EQ(describe(receive(pair.accepted.native(), wsabufs.data(), 3)), "9 bytes");
  EXPECT_TRUE(sentence.matches(scattered.text()));
}

TEST_F(Buffers, ArePackedWithoutHolesWherePartiallyFilled) {
  Documented sentence({"WSARecv", "the buffers are packed so that no holes are created", "ab|cd.|...."});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "abcd");
  Scattered scattered;
  auto wsabufs = scattered.wsabufs();
  EXPECT_EQ(describe(receive(pair.accepted.native(), wsabufs.data(), 3)), "4 bytes");
  EXPECT_TRUE(sentence.matches(scattered.text()));
}

TEST_F(Buffers, PartialFillCompletesAnOverlappedReceive) {
  Documented sentence({"WSARecv",
                       "Regardless of whether or not the incoming data fills all the buffers, the completion "
                       "indication occurs for overlapped sockets",
                       "4 bytes: ab|cd.|...."});
  const SocketPair pair = connected_pair();
  Scattered scattered;
  PendingReceive receive;
  auto wsabufs = scattered.wsabufs();
  ASSERT_EQ(describe(receive.post(pair.accepted, wsabufs.data(), 3)), "WSA_IO_PENDING");
  send_text(pair.connected, "abcd");
  const std::string finished = describe(receive.finish());
  EXPECT_TRUE(sentence.matches(finished + ": " + scattered.text()));
}

TEST_F(Buffers, WsabufArrayMayLiveOnTheStack) {
  Documented sentence(
      {"WSARecv",
       "it is the Winsock service provider's responsibility to capture the WSABUF structures before "
       "returning from this call",
       "9 bytes: ab|cde|fghi"});
  const SocketPair pair = connected_pair();
  Scattered scattered;
  PendingReceive receive;
  std::array<char, 9> elsewhere{};
  {
    auto wsabufs = scattered.wsabufs();
    ASSERT_EQ(describe(receive.post(pair.accepted, wsabufs.data(), 3)), "WSA_IO_PENDING");
    wsabufs.fill(WSABUF{static_cast<ULONG>(elsewhere.size()), elsewhere.data()});
  }
  send_text(pair.connected, "abcdefghi");
  const std::string finished = describe(receive.finish());
  EXPECT_TRUE(sentence.matches(finished + ": " + scattered.text()));
  EXPECT_EQ(elsewhere, (std::array<char, 9>{}));
}

TEST_F(Buffers, DataThatDoesNotFitStaysForTheNextReceive) {
  Documented sentence(
      {"WSARecv",
       "incoming data is placed into the buffers until the buffers are filled, the connection is "
       "closed, or the internally buffered data is exhausted",
       "abcd, ef"});
  const SocketPair pair = blocking_pair();
  buffer_text(pair, "abcdef");
  std::vector<char> buffer(4);
  const Outcome first = receive(pair.accepted.native(), buffer);
  const std::string head(buffer.data(), first.bytes);
  const Outcome second = receive(pair.accepted.native(), buffer);
  EXPECT_TRUE(sentence.matches(head + ", " + std::string(buffer.data(), second.bytes)));
}

TEST_F(Buffers, ReceivesInFlightFillInPostingOrder) {
  Documented sentence(
      {"WSARecv",
       "the posted buffers are guaranteed to be filled in the same order in which they are specified",
       "abc def ghi jkl "});
  const SocketPair pair = connected_pair();
  std::array<std::unique_ptr<PendingReceive>, 4> receives;
  for (auto& receive : receives) {
    receive = std::make_unique<PendingReceive>(3);
    ASSERT_EQ(describe(receive->post(pair.accepted)), "WSA_IO_PENDING");
  }
  send_text(pair.connected, "abcdefghijkl");
  std::string filled;
  for (auto& receive : receives) filled += receive->text(receive->finish().bytes) + " ";
  EXPECT_TRUE(sentence.matches(filled));
}

TEST_F(Buffers, ReceivesOnAPortFillInPostingOrder) {
  Documented sentence(
      {"WSARecv",
       "If you are using I/O completion ports, be aware that the order of calls made to WSARecv is "
       "also the order in which the buffers are populated",
       "abc def ghi jkl "});
  const SocketPair pair = connected_pair();
  Port port;
  port.associate(pair.accepted);
  std::array<std::unique_ptr<PendingReceive>, 4> receives;
  for (auto& receive : receives) {
    receive = std::make_unique<PendingReceive>(3);
    ASSERT_EQ(describe(receive->post(pair.accepted)), "WSA_IO_PENDING");
  }
  send_text(pair.connected, "abcdefghijkl");
  // Packets may come in any order: they say which receive has completed, not where its bytes belong.
  for (std::size_t i = 0; i < receives.size(); ++i) ASSERT_TRUE(port.take().succeeded);
  std::string filled;
  for (auto& receive : receives) filled += receive->text(receive->result().bytes) + " ";
  EXPECT_TRUE(sentence.matches(filled));
}

TEST_F(Buffers, SendsAfterOneAnotherCompleteReceivesInPostingOrder) {
  Documented sentence(
      {"WSARecv",
       "If multiple I/O operations are simultaneously outstanding, each must reference a separate "
       "WSAOVERLAPPED structure",
       "0 1 2 3 "});
  const SocketPair pair = connected_pair();
  std::array<std::unique_ptr<PendingReceive>, 4> receives;
  for (auto& receive : receives) {
    receive = std::make_unique<PendingReceive>();
    ASSERT_EQ(describe(receive->post(pair.accepted)), "WSA_IO_PENDING");
  }
  std::string completed;
  for (std::size_t i = 0; i < receives.size(); ++i) {
    send_text(pair.connected, std::to_string(i));
    const Outcome outcome = receives[i]->finish();
    completed += receives[i]->text(outcome.bytes) + " ";
    // Each has a result of its own: those behind it are still open.
    for (std::size_t later = i + 1; later < receives.size(); ++later) {
      EXPECT_EQ(describe(receives[later]->result()), "WSA_IO_INCOMPLETE");
    }
  }
  EXPECT_TRUE(sentence.matches(completed));
}

}  // namespace
}  // namespace recvbench
