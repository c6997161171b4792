// What the list of Winsock functions says of those that receive or say when to: one sentence each.
#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>

#include <atomic>
#include <thread>

#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"

namespace recvbench {
namespace {

class Functions : public WinsockTest {};

constexpr const char* document = "Getting started with Winsock";

// A function that is not exported but asked for by its GUID.
template <typename Function>
Function extension(const Socket& socket, GUID id) {
  Function function = nullptr;
  DWORD bytes = 0;
  if (WSAIoctl(socket.native(), SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id, &function,
               sizeof function, &bytes, nullptr, nullptr) != 0) {
    throw_error(last_socket_error(), "WSAIoctl", "SIO_GET_EXTENSION_FUNCTION_POINTER");
  }
  return function;
}

struct Operation {
  Event event;
  WSAOVERLAPPED overlapped{};
  Operation() { overlapped.hEvent = event.handle(); }

  // Waits for it and gives its result on `socket`.
  Outcome finish(const Socket& socket) {
    if (!event.wait(patience_ms)) return {WSA_IO_INCOMPLETE};
    Outcome outcome;
    if (!WSAGetOverlappedResult(socket.native(), &overlapped, &outcome.bytes, FALSE, &outcome.flags)) {
      outcome.error = WSAGetLastError();
    }
    return outcome;
  }
};

// AcceptEx with room for two addresses behind `size` bytes of data.
struct AcceptWithData {
  static constexpr DWORD address_size = sizeof(sockaddr_in) + 16;
  char buffer[64 + 2 * address_size] = {};
  Socket accepted = open_tcp(AddressFamily::ipv4);
  Operation operation;

  std::string post(const Socket& listener, DWORD size) {
    const auto accept_ex = extension<LPFN_ACCEPTEX>(listener, WSAID_ACCEPTEX);
    DWORD bytes = 0;
    const BOOL done = accept_ex(listener.native(), accepted.native(), buffer, size, address_size,
                                address_size, &bytes, &operation.overlapped);
    return done ? "success" : error_text(WSAGetLastError());
  }
  // The local and the remote address, "[local] [remote]".
  std::string addresses(const Socket& listener, DWORD size) {
    const auto get = extension<LPFN_GETACCEPTEXSOCKADDRS>(listener, WSAID_GETACCEPTEXSOCKADDRS);
    sockaddr* local = nullptr;
    sockaddr* remote = nullptr;
    int local_size = 0;
    int remote_size = 0;
    get(buffer, size, address_size, address_size, &local, &local_size, &remote, &remote_size);
    return Address::from_native(local, static_cast<std::size_t>(local_size)).to_string() + " " +
           Address::from_native(remote, static_cast<std::size_t>(remote_size)).to_string();
  }
};

constexpr const char* accept_ex =
    "AcceptEx: Accepts a new connection, returns the local and remote address, and receives the first block "
    "of data sent by the client application";

TEST_F(Functions, AcceptExReceivesTheFirstBlock) {
  Documented sentence({document, accept_ex, "WSA_IO_PENDING, then hello, both addresses"});
  const Socket listener = listen_tcp(Address::loopback(AddressFamily::ipv4), 1);
  AcceptWithData call;
  const std::string posted = call.post(listener, 64);
  const Socket client = connect_tcp(local_address(listener), patience);
  EXPECT_FALSE(call.operation.event.wait(0));  // waits for the data as well
  send_text(client, "hello");
  const Outcome outcome = call.operation.finish(listener);
  const std::string expected = local_address(listener).to_string() + " " + local_address(client).to_string();
  EXPECT_TRUE(sentence.matches(posted + ", then " + std::string(call.buffer, outcome.bytes) +
                               (call.addresses(listener, 64) == expected ? ", both addresses" : ", others")));
}

TEST_F(Functions, AcceptExWithoutRoomForDataCompletesWithTheConnection) {
  Documented sentence({"AcceptEx",
                       "If dwReceiveDataLength is zero, accepting the connection will not result in a "
                       "receive operation. Instead, AcceptEx completes as soon as a connection arrives",
                       "WSA_IO_PENDING, then 0 bytes, both addresses"});
  const Socket listener = listen_tcp(Address::loopback(AddressFamily::ipv4), 1);
  AcceptWithData call;
  const std::string posted = call.post(listener, 0);
  const Socket client = connect_tcp(local_address(listener), patience);
  const std::string outcome = describe(call.operation.finish(listener));
  const std::string expected = local_address(listener).to_string() + " " + local_address(client).to_string();
  EXPECT_TRUE(sentence.matches(posted + ", then " + outcome +
                               (call.addresses(listener, 0) == expected ? ", both addresses" : ", others")));
}

TEST_F(Functions, ConnectExSendsTheFirstBlock) {
  Documented sentence({document,
                       "ConnectEx: Establishes a connection to a specified socket, and optionally sends data "
                       "once the connection is established",
                       "WSA_IO_PENDING, then 5 bytes: hello"});
  const Socket listener = listen_tcp(Address::loopback(AddressFamily::ipv4), 1);
  const Socket client = open_tcp(AddressFamily::ipv4);
  bind_socket(client, Address::loopback(AddressFamily::ipv4));
  const auto connect_ex = extension<LPFN_CONNECTEX>(client, WSAID_CONNECTEX);
  const Address server = local_address(listener);
  Operation operation;
  char data[] = "hello";
  DWORD sent = 0;
  const BOOL done = connect_ex(client.native(), static_cast<const sockaddr*>(server.data()),
                               static_cast<int>(server.size()), data, 5, &sent, &operation.overlapped);
  const std::string posted = done ? "success" : error_text(WSAGetLastError());
  const std::string outcome = describe(operation.finish(client));
  std::error_code error;
  const Socket accepted = accept_tcp(listener, error);
  set_receive_timeout(accepted, patience_ms);
  EXPECT_TRUE(sentence.matches(posted + ", then " + outcome + ": " + receive_text(accepted)));
}

TEST_F(Functions, RecvMsgReceivesControlInformation) {
  Documented sentence(
      {document,
       "WSARecvMsg: Receives data and optional control information from connected and unconnected sockets",
       "5 bytes for 127.0.0.1"});
  const Socket receiver = bound_datagram_socket();
  const Socket sender = bound_datagram_socket();
  set_receive_timeout(receiver, patience_ms);
  const DWORD on = 1;
  ASSERT_EQ(
      setsockopt(receiver.native(), IPPROTO_IP, IP_PKTINFO, reinterpret_cast<const char*>(&on), sizeof on),
      0);
  send_datagram(sender, local_address(receiver), "hello");
  const auto receive_message = extension<LPFN_WSARECVMSG>(receiver, WSAID_WSARECVMSG);
  char data[16];
  alignas(8) char control[128];
  sockaddr_storage from{};
  WSABUF buffer{sizeof data, data};
  WSAMSG message{};
  message.name = reinterpret_cast<sockaddr*>(&from);
  message.namelen = sizeof from;
  message.lpBuffers = &buffer;
  message.dwBufferCount = 1;
  message.Control = {sizeof control, control};
  DWORD bytes = 0;
  const int returned = receive_message(receiver.native(), &message, &bytes, nullptr, nullptr);
  std::string destination = "nobody";
  if (const WSACMSGHDR* header = WSA_CMSG_FIRSTHDR(&message);
      returned == 0 && header != nullptr && header->cmsg_type == IP_PKTINFO) {
    const auto* info = reinterpret_cast<const IN_PKTINFO*>(WSA_CMSG_DATA(const_cast<WSACMSGHDR*>(header)));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr = info->ipi_addr;
    destination = Address::from_native(&address, sizeof address).host();
  }
  EXPECT_TRUE(
      sentence.matches(describe({returned == 0 ? 0 : WSAGetLastError(), bytes, 0}) + " for " + destination));
}

TEST_F(Functions, RecvDisconnectTerminatesReception) {
  Documented sentence(
      {document, "WSARecvDisconnect: Terminates reception on a socket", "success, then WSAESHUTDOWN"});
  const SocketPair pair = blocking_pair();
  const int result = WSARecvDisconnect(pair.accepted.native(), nullptr);
  const std::string done = result == 0 ? "success" : error_text(WSAGetLastError());
  EXPECT_TRUE(sentence.matches(done + ", then " + receive_text(pair.accepted)));
}

TEST_F(Functions, DuplicateSocketSharesTheSocket) {
  Documented sentence({document,
                       "WSADuplicateSocket: Returns a structure that can be used to create a new socket "
                       "descriptor for a shared socket",
                       "hello by the duplicate, world by the original"});
  SocketPair pair = blocking_pair();
  WSAPROTOCOL_INFOW info{};
  ASSERT_EQ(WSADuplicateSocketW(pair.accepted.native(), GetCurrentProcessId(), &info), 0);
  Socket duplicate(
      WSASocketW(FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, FROM_PROTOCOL_INFO, &info, 0, WSA_FLAG_OVERLAPPED));
  ASSERT_TRUE(duplicate);
  buffer_text(pair, "helloworld");
  const std::string first = receive_text(duplicate, 0, 5);
  duplicate.close();  // the socket lives on with its other descriptor
  EXPECT_TRUE(
      sentence.matches(first + " by the duplicate, " + receive_text(pair.accepted) + " by the original"));
}

std::string wait_text(DWORD returned) {
  if (returned == WSA_WAIT_TIMEOUT) return "WSA_WAIT_TIMEOUT";
  return returned < WSA_MAXIMUM_WAIT_EVENTS ? std::to_string(returned)
                                            : "returned " + std::to_string(returned);
}

TEST_F(Functions, WaitForMultipleEventsForOneForAllOrForTheTime) {
  Documented sentence({document,
                       "WSAWaitForMultipleEvents: Returns either when one or all of the specified event "
                       "objects are in the signaled state, or when the time-out interval expires",
                       "none WSA_WAIT_TIMEOUT, one 1, all of one WSA_WAIT_TIMEOUT, all of both 0"});
  const Event first;
  const Event second;
  const WSAEVENT events[] = {first.handle(), second.handle()};
  const auto wait = [&](BOOL all) { return wait_text(WSAWaitForMultipleEvents(2, events, all, 1, FALSE)); };
  std::string seen = "none " + wait(FALSE);
  WSASetEvent(second.handle());
  seen += ", one " + wait(FALSE);
  seen += ", all of one " + wait(TRUE);
  WSASetEvent(first.handle());
  EXPECT_TRUE(sentence.matches(seen + ", all of both " + wait(TRUE)));
}

TEST_F(Functions, WaitForMultipleEventsNamesTheLowestIndex) {
  Documented sentence({"WSAWaitForMultipleEvents",
                       "If more than one event object became signaled during the call, this is the array "
                       "index of the signaled event object with the smallest index value",
                       "0, and 0 again"});
  const Event first;
  const Event second;
  const WSAEVENT events[] = {first.handle(), second.handle()};
  WSASetEvent(first.handle());
  WSASetEvent(second.handle());
  const auto wait = [&] { return wait_text(WSAWaitForMultipleEvents(2, events, FALSE, 1, FALSE)); };
  const std::string once = wait();
  EXPECT_TRUE(sentence.matches(once + ", and " + wait() + " again"));
}

TEST_F(Functions, WaitForMultipleEventsTakesSixtyFour) {
  Documented sentence({"WSAWaitForMultipleEvents",
                       "The maximum number of event object handles is WSA_MAXIMUM_WAIT_EVENTS",
                       "64 WSA_WAIT_TIMEOUT, 65 WSA_INVALID_PARAMETER"});
  const Event never;
  const std::vector<WSAEVENT> events(WSA_MAXIMUM_WAIT_EVENTS + 1, never.handle());
  std::vector<Event> distinct(WSA_MAXIMUM_WAIT_EVENTS);
  std::vector<WSAEVENT> handles;
  for (const Event& event : distinct) handles.push_back(event.handle());
  const std::string most = wait_text(WSAWaitForMultipleEvents(64, handles.data(), FALSE, 1, FALSE));
  const DWORD returned = WSAWaitForMultipleEvents(65, events.data(), FALSE, 1, FALSE);
  const DWORD error = GetLastError();
  EXPECT_TRUE(sentence.matches("64 " + most + ", 65 " +
                               (returned != WSA_WAIT_FAILED      ? wait_text(returned)
                                : error == WSA_INVALID_PARAMETER ? "WSA_INVALID_PARAMETER"
                                                                 : error_text(static_cast<int>(error)))));
}

// FD_READ and FD_CLOSE of a socket whose event has been waited for.
std::string events_text(const Socket& socket, const Event& event, DWORD milliseconds) {
  if (!event.wait(milliseconds)) return "none";
  WSANETWORKEVENTS events{};
  if (WSAEnumNetworkEvents(socket.native(), event.handle(), &events) != 0)
    return error_text(WSAGetLastError());
  std::string text;
  if ((events.lNetworkEvents & FD_READ) != 0) text += "FD_READ";
  if ((events.lNetworkEvents & FD_CLOSE) != 0) text += text.empty() ? "FD_CLOSE" : " FD_CLOSE";
  return text.empty() ? "an empty record" : text;
}

void select_events(const Socket& socket, const Event& event) {
  ASSERT_EQ(WSAEventSelect(socket.native(), event.handle(), FD_READ | FD_CLOSE), 0);
}

TEST_F(Functions, EnumNetworkEventsClearsRecordAndEvent) {
  Documented sentence({document,
                       "WSAEnumNetworkEvents: Discovers occurrences of network events for the indicated "
                       "socket, clear internal network event records, and reset event objects (optional)",
                       "FD_READ, event reset, an empty record"});
  const SocketPair pair = connected_pair();
  const Event event;
  select_events(pair.accepted, event);
  send_text(pair.connected, "hello");
  const std::string first = events_text(pair.accepted, event, patience_ms);
  const bool reset = !event.wait(0);
  WSASetEvent(event.handle());
  EXPECT_TRUE(sentence.matches(first + (reset ? ", event reset, " : ", event left signalled, ") +
                               events_text(pair.accepted, event, 0)));
}

TEST_F(Functions, EventSelectMakesTheSocketNonBlocking) {
  Documented sentence({"WSAEventSelect",
                       "The WSAEventSelect function automatically sets socket s to nonblocking mode, "
                       "regardless of the value of lNetworkEvents",
                       "WSAEWOULDBLOCK"});
  const SocketPair pair = blocking_pair();
  const Event event;
  select_events(pair.accepted, event);
  EXPECT_TRUE(sentence.matches(receive_text(pair.accepted)));
}

TEST_F(Functions, EventSelectReportsAgainOnlyAfterAReceive) {
  Documented sentence({"WSAEventSelect",
                       "no further actions are taken for that network event until the application makes the "
                       "function call that implicitly reenables the setting of that network event",
                       "FD_READ, none for more data, FD_READ for what a receive left"});
  const SocketPair pair = connected_pair();
  const Event event;
  select_events(pair.accepted, event);
  send_text(pair.connected, "hello");
  const std::string first = events_text(pair.accepted, event, patience_ms);
  send_text(pair.connected, "world");
  wait_buffered(pair.accepted, 10);
  const std::string more = events_text(pair.accepted, event, watch_ms);
  EXPECT_EQ(receive_text(pair.accepted, 0, 5), "hello");
  EXPECT_TRUE(sentence.matches(first + ", " + more + " for more data, " +
                               events_text(pair.accepted, event, patience_ms) + " for what a receive left"));
}

TEST_F(Functions, EventSelectReportsTheClose) {
  Documented sentence({document,
                       "WSAEventSelect: Specifies an event object to be associated with the specified set of "
                       "FD_XXX network events",
                       "FD_CLOSE"});
  SocketPair pair = connected_pair();
  const Event event;
  select_events(pair.accepted, event);
  pair.connected.close();
  EXPECT_TRUE(sentence.matches(events_text(pair.accepted, event, patience_ms)));
}

std::string selected(const Socket& socket, long milliseconds) {
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(socket.native(), &readable);
  timeval limit{milliseconds / 1000, milliseconds % 1000 * 1000};
  const int count = select(0, &readable, nullptr, nullptr, &limit);
  if (count == SOCKET_ERROR) return error_text(WSAGetLastError());
  return count == 1 && FD_ISSET(socket.native(), &readable) ? "readable" : "not readable";
}

TEST_F(Functions, SelectDeterminesTheStatus) {
  Documented sentence({document,
                       "select: Determines the status of one or more sockets, waiting if necessary, to "
                       "perform synchronous I/O",
                       "not readable, readable, still readable"});
  const SocketPair pair = connected_pair();
  const std::string before = selected(pair.accepted, 1);
  send_text(pair.connected, "hello");
  const std::string after = selected(pair.accepted, patience_ms);
  EXPECT_TRUE(sentence.matches(before + ", " + after + ", still " + selected(pair.accepted, 0)));
}

std::string polled(const Socket& socket, int milliseconds) {
  WSAPOLLFD poll{socket.native(), POLLRDNORM, 0};
  const int count = WSAPoll(&poll, 1, milliseconds);
  if (count == SOCKET_ERROR) return error_text(WSAGetLastError());
  std::string text = (poll.revents & POLLRDNORM) != 0 ? "readable" : "not readable";
  if ((poll.revents & POLLHUP) != 0) text += " POLLHUP";
  return text;
}

TEST_F(Functions, PollDeterminesTheStatus) {
  Documented sentence({document, "WSAPoll: Determines status of one or more sockets",
                       "not readable, readable, still readable"});
  const SocketPair pair = connected_pair();
  const std::string before = polled(pair.accepted, 1);
  send_text(pair.connected, "hello");
  const std::string after = polled(pair.accepted, static_cast<int>(patience_ms));
  EXPECT_TRUE(sentence.matches(before + ", " + after + ", still " + polled(pair.accepted, 0)));
}

TEST_F(Functions, PollNeedsASocket) {
  Documented sentence({"WSAPoll", "WSAEINVAL: An invalid parameter was passed", "WSAEINVAL"});
  const int count = WSAPoll(nullptr, 0, 0);
  EXPECT_TRUE(
      sentence.matches(count == SOCKET_ERROR ? error_text(WSAGetLastError()) : std::to_string(count)));
}

TEST_F(Functions, IoctlsocketControlsTheMode) {
  Documented sentence({document, "ioctlsocket: Controls the I/O mode of a socket",
                       "non-blocking WSAEWOULDBLOCK, 5 bytes to read, blocking hello"});
  const SocketPair pair = blocking_pair();
  u_long on = 1;
  ASSERT_EQ(ioctlsocket(pair.accepted.native(), static_cast<long>(FIONBIO), &on), 0);
  const std::string nonblocking = receive_text(pair.accepted);
  buffer_text(pair, "hello");
  u_long readable = 0;
  ASSERT_EQ(ioctlsocket(pair.accepted.native(), FIONREAD, &readable), 0);
  u_long off = 0;
  ASSERT_EQ(ioctlsocket(pair.accepted.native(), static_cast<long>(FIONBIO), &off), 0);
  EXPECT_TRUE(sentence.matches("non-blocking " + nonblocking + ", " + std::to_string(readable) +
                               " bytes to read, blocking " + receive_text(pair.accepted)));
}

// The other thread fails between two looks of this one, which makes no call meanwhile.
TEST_F(Functions, LastErrorIsTheThreads) {
  Documented sentence({"WSAGetLastError",
                       "The return value indicates the error code for this thread's last Windows Sockets "
                       "operation that failed",
                       "here WSAEINTR, elsewhere WSAENOTSOCK, here WSAEINTR"});
  std::atomic<bool> go = false;
  std::atomic<bool> failed = false;
  std::string elsewhere;
  std::thread other([&] {
    while (!go) std::this_thread::yield();
    std::vector<char> buffer(1);
    elsewhere = describe(receive(INVALID_SOCKET, buffer));
    failed = true;
  });
  WSASetLastError(WSAEINTR);
  const int before = WSAGetLastError();
  go = true;
  while (!failed) {
  }
  const int after = WSAGetLastError();
  other.join();
  EXPECT_TRUE(sentence.matches("here " + error_text(before) + ", elsewhere " + elsewhere + ", here " +
                               error_text(after)));
}

TEST_F(Functions, GetpeernameNamesThePeer) {
  Documented sentence({document,
                       "getpeername: Retrieves the address of the peer to which a socket is connected",
                       "each is the other's peer"});
  const SocketPair pair = connected_pair();
  const bool forth = peer_address(pair.accepted).to_string() == local_address(pair.connected).to_string();
  const bool back = peer_address(pair.connected).to_string() == local_address(pair.accepted).to_string();
  EXPECT_TRUE(sentence.matches(forth && back ? "each is the other's peer" : "they differ"));
}

}  // namespace
}  // namespace recvbench
