// A socket made without WSA_FLAG_OVERLAPPED: WSARecv is recv, whatever it is given.
#include <thread>

#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

constexpr const char* ignored =
    "For nonoverlapped sockets, the blocking semantics are identical to that of the standard recv function "
    "and the lpOverlapped and lpCompletionRoutine parameters are ignored";

// The accepted socket inherits the listener's missing flag.
SocketPair nonoverlapped_pair() {
  Socket listener(WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, nullptr, 0, 0));
  bind_socket(listener, Address::loopback(AddressFamily::ipv4));
  if (listen(listener.native(), 1) != 0) throw_error(last_socket_error(), "listen");
  SocketPair pair;
  pair.connected = connect_tcp(local_address(listener), patience);
  std::error_code error;
  pair.accepted = accept_tcp(listener, error);
  if (error) throw_error(error, "accept");
  return pair;
}

class Nonoverlapped : public WinsockTest {};

// The data is sent once the call has been watched to wait for it.
TEST_F(Nonoverlapped, BlocksAlthoughGivenAnOverlapped) {
  Documented sentence({"WSARecv", ignored, "5 bytes"});
  const SocketPair pair = nonoverlapped_pair();
  set_receive_timeout(pair.accepted, patience_ms);
  const Event returned;
  std::thread sender([&] {
    if (!returned.wait(watch_ms)) send_text(pair.connected, "hello");
  });
  PendingReceive receive;
  const std::string outcome = describe(receive.post(pair.accepted));
  WSASetEvent(returned.handle());
  sender.join();
  EXPECT_TRUE(sentence.matches(outcome));
}

// Wine's own tests hold that Windows waits for the data here, non-blocking or not.
TEST_F(Nonoverlapped, NonBlockingGivenAnOverlapped) {
  Documented sentence({"WSARecv", ignored, "WSAEWOULDBLOCK", wine_as_windows, on_windows("5 bytes")});
  const SocketPair pair = nonoverlapped_pair();
  set_nonblocking(pair.accepted, true);
  const Event returned;
  std::thread sender([&] {
    if (!returned.wait(watch_ms)) send_text(pair.connected, "hello");
  });
  PendingReceive receive;
  const std::string outcome = describe(receive.post(pair.accepted));
  WSASetEvent(returned.handle());
  sender.join();
  EXPECT_TRUE(sentence.matches(outcome));
}

TEST_F(Nonoverlapped, NonBlockingWithoutAnOverlapped) {
  Documented sentence({"WSARecv", ignored, "WSAEWOULDBLOCK"});
  const SocketPair pair = nonoverlapped_pair();
  set_nonblocking(pair.accepted, true);
  EXPECT_TRUE(sentence.matches(receive_text(pair.accepted)));
}

TEST_F(Nonoverlapped, TakesWhatIsBuffered) {
  Documented sentence({"WSARecv",
                       "Any data that has already been received and buffered by the transport will be copied "
                       "into the specified user buffers",
                       "hello"});
  const SocketPair pair = nonoverlapped_pair();
  buffer_text(pair, "hello");
  EXPECT_TRUE(sentence.matches(receive_text(pair.accepted)));
}

TEST_F(Nonoverlapped, ReturnsAsMuchAsItCan) {
  Documented sentence({"WSARecv",
                       "the stack tries to return as much data as possible subject to the available buffer "
                       "space and amount of received data available",
                       "helloworld"});
  const SocketPair pair = nonoverlapped_pair();
  send_text(pair.connected, "hello");
  send_text(pair.connected, "world");
  wait_buffered(pair.accepted, 10);
  EXPECT_TRUE(sentence.matches(receive_text(pair.accepted)));
}

}  // namespace
}  // namespace recvbench
