// Sockets: listeners, connects, options, and sends and receives that always come to an end.
#include "platform/socket.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "platform/clock.h"
#include "platform/native_sockets.h"
#include "platform/system_info.h"

namespace recvbench {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds patience{5000};

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::uint64_t in_ms(std::uint64_t ns) {
  return ns / 1'000'000;
}

bool has_ipv6() {
  try {
    listen_tcp(Address::loopback(AddressFamily::ipv6), 1);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

// The error that `call` throws; no error where it throws none.
template <typename Call>
std::pair<std::error_code, std::string> error_of(Call call) {
  try {
    call();
    return {};
  } catch (const std::system_error& error) {
    return {error.code(), error.what()};
  }
}

class SocketTest : public testing::Test {
  NetworkSession session_;
};

TEST_F(SocketTest, MovingLeavesNothingBehind) {
  Socket first = open_tcp(AddressFamily::ipv4);
  const NativeSocket native = first.native();
  Socket second = std::move(first);
  EXPECT_FALSE(first);
  EXPECT_EQ(second.native(), native);
  Socket third = open_udp(AddressFamily::ipv4);
  third = std::move(second);
  EXPECT_EQ(third.native(), native);
  third.close();
  EXPECT_FALSE(third);
  third.close();  // harmless
}

TEST_F(SocketTest, ADualStackListenerAcceptsBothFamilies) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  const Socket listener = listen_tcp(Address::any(AddressFamily::ipv6), 8);
  const std::uint16_t port = local_address(listener).port();
  for (const AddressFamily family : {AddressFamily::ipv4, AddressFamily::ipv6}) {
    const Socket client = connect_tcp(Address::loopback(family, port), patience);
    ASSERT_TRUE(wait_readable(listener.native(), patience));
    std::error_code error;
    const Socket accepted = accept_tcp(listener, error);
    ASSERT_FALSE(error) << error.message();
    EXPECT_TRUE(peer_address(accepted).is_loopback()) << peer_address(accepted).to_string();
    EXPECT_EQ(peer_address(accepted).port(), local_address(client).port());
  }
}

TEST_F(SocketTest, AnIPv6ListenerCanBeForIPv6Alone) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  SocketOptions options;
  options.ipv6_only = true;
  const Socket listener = listen_tcp(Address::any(AddressFamily::ipv6), 8, options);
  const std::uint16_t port = local_address(listener).port();
  connect_tcp(Address::loopback(AddressFamily::ipv6, port), patience);
  const auto [error, text] =
      error_of([&] { connect_tcp(Address::loopback(AddressFamily::ipv4, port), patience); });
  EXPECT_TRUE(error == std::errc::connection_refused) << text;
}

TEST_F(SocketTest, APortInUseIsAnErrorThatNamesTheAddress) {
  const Socket listener = listen_tcp(Address::loopback(AddressFamily::ipv4), 1);
  const Address taken = local_address(listener);
  const auto [error, text] = error_of([&] { listen_tcp(taken, 1); });
  EXPECT_TRUE(error == std::errc::address_in_use) << text;
  EXPECT_NE(text.find(taken.to_string()), std::string::npos) << text;
  EXPECT_NE(text.find("EADDRINUSE"), std::string::npos) << text;
}

TEST_F(SocketTest, AConnectToAClosedPortIsRefused) {
  // Bound but not listening: the port cannot become anyone else's meanwhile.
  const Socket holder = open_tcp(AddressFamily::ipv4);
  bind_socket(holder, Address::loopback(AddressFamily::ipv4));
  const Address closed = local_address(holder);
  const auto [error, text] = error_of([&] { connect_tcp(closed, patience); });
  EXPECT_TRUE(error == std::errc::connection_refused) << text;
  EXPECT_NE(text.find(closed.to_string()), std::string::npos) << text;
}

TEST_F(SocketTest, AConnectGivesUpAtItsLimit) {
  // Linux drops the handshakes that a full backlog has no room for, Windows refuses them after some tries.
  const Socket listener = listen_tcp(Address::loopback(AddressFamily::ipv4), 0);
  const Address full = local_address(listener);
  std::vector<Socket> queued;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t started = now_ns();
    const auto [error, text] = error_of([&] { queued.push_back(connect_tcp(full, milliseconds(200))); });
    if (!error) continue;
    EXPECT_TRUE(error == std::errc::timed_out || error == std::errc::connection_refused) << text;
    EXPECT_LT(in_ms(now_ns() - started), 2000u);
    return;
  }
  FAIL() << "a backlog of 0 took 1000 connections";
}

TEST_F(SocketTest, ABacklogHoldsAsManyAsAsked) {
  // More than the 200 that Windows cuts a plain number to.
  constexpr int backlog = 300;
  const Socket listener = listen_tcp(Address::loopback(AddressFamily::ipv4), backlog);
  std::vector<Socket> queued;
  for (int i = 0; i < backlog; ++i) queued.push_back(connect_tcp(local_address(listener), patience));
  EXPECT_EQ(queued.size(), static_cast<std::size_t>(backlog));
}

TEST_F(SocketTest, AnAcceptedSocketBlocksWhateverTheListenerDoes) {
  const Socket listener = listen_tcp(Address::loopback(AddressFamily::ipv4), 1);
  set_nonblocking(listener, true);
  std::error_code error;
  EXPECT_FALSE(accept_tcp(listener, error));
  EXPECT_TRUE(would_block(error)) << error.message();

  const Socket client = connect_tcp(local_address(listener), patience);
  ASSERT_TRUE(wait_readable(listener.native(), patience));
  const Socket accepted = accept_tcp(listener, error);
  ASSERT_TRUE(accepted) << error.message();
  EXPECT_FALSE(error);
  // A blocking receive comes back with the data; a non-blocking one would fail first.
  std::thread late([&] {
    sleep_until_ns(now_ns() + 50'000'000);
    EXPECT_EQ(send_some(client.native(), bytes_of("x")).bytes, 1u);
  });
  std::array<std::byte, 8> buffer;
  const IoResult received = receive_some(accepted.native(), buffer);
  late.join();
  EXPECT_EQ(received.bytes, 1u) << received.error.message();
}

TEST_F(SocketTest, BytesArriveAndAGracefulCloseIsZero) {
  SocketPair pair = connected_pair();
  set_no_delay(pair.connected, true);
  const IoResult sent = send_all(pair.connected.native(), bytes_of("hello"), patience);
  EXPECT_EQ(sent.bytes, 5u);
  EXPECT_FALSE(sent.error) << sent.error.message();
  ASSERT_TRUE(wait_readable(pair.accepted.native(), patience));
  std::array<std::byte, 16> buffer;
  EXPECT_EQ(receive_some(pair.accepted.native(), buffer).bytes, 5u);
  EXPECT_EQ(buffer[4], std::byte{'o'});

  shutdown_send(pair.connected);
  ASSERT_TRUE(wait_readable(pair.accepted.native(), patience));
  const IoResult end = receive_some(pair.accepted.native(), buffer);
  EXPECT_EQ(end.bytes, 0u);
  EXPECT_FALSE(end.error) << end.error.message();
  // Half-closed: the other direction still works.
  EXPECT_EQ(send_all(pair.accepted.native(), bytes_of("bye"), patience).bytes, 3u);
  ASSERT_TRUE(wait_readable(pair.connected.native(), patience));
  EXPECT_EQ(receive_some(pair.connected.native(), buffer).bytes, 3u);
}

TEST_F(SocketTest, AnAbortiveCloseEndsAPendingReceiveWithAReset) {
  SocketPair pair = connected_pair();
  set_abortive_close(pair.connected);
  std::thread late([&] {
    sleep_until_ns(now_ns() + 50'000'000);
    pair.connected.close();
  });
  std::array<std::byte, 16> buffer;
  const IoResult end = receive_some(pair.accepted.native(), buffer);
  late.join();
  EXPECT_EQ(end.bytes, 0u);
  EXPECT_TRUE(end.error == std::errc::connection_reset) << end.error.message();
}

TEST_F(SocketTest, AResetThatCameBeforeTheReceiveIsAReset) {
  if (running_under_wine()) GTEST_SKIP() << "Wine 8 gives a reset to pending receives only, then 0 bytes";
  SocketPair pair = connected_pair();
  set_abortive_close(pair.connected);
  pair.connected.close();
  ASSERT_TRUE(wait_readable(pair.accepted.native(), patience));
  std::array<std::byte, 16> buffer;
  const IoResult end = receive_some(pair.accepted.native(), buffer);
  EXPECT_EQ(end.bytes, 0u);
  EXPECT_TRUE(end.error == std::errc::connection_reset) << end.error.message();
}

TEST_F(SocketTest, ASendToAClosedPeerFailsWithoutASignal) {
  SocketPair pair = connected_pair();
  set_abortive_close(pair.connected);
  pair.connected.close();
  ASSERT_TRUE(wait_readable(pair.accepted.native(), patience));
  IoResult sent;
  // The first send after the reset reports it; the one behind it meets the broken pipe.
  for (int i = 0; i < 2; ++i) sent = send_all(pair.accepted.native(), bytes_of("x"), patience);
  EXPECT_TRUE(sent.error);
  EXPECT_EQ(sent.bytes, 0u);
}

// In either mode of the socket.
class StalledPeerTest : public testing::TestWithParam<bool> {
  NetworkSession session_;
};

TEST_P(StalledPeerTest, ASendEndsAtItsLimit) {
  SocketPair pair = connected_pair();
  set_nonblocking(pair.connected, GetParam());
  const std::vector<std::byte> plenty(64 * 1024 * 1024);
  const std::uint64_t started = now_ns();
  const IoResult sent = send_all(pair.connected.native(), plenty, milliseconds(300));
  const std::uint64_t elapsed = in_ms(now_ns() - started);
  EXPECT_TRUE(sent.error == std::errc::timed_out) << sent.error.message();
  EXPECT_GT(sent.bytes, 0u);
  EXPECT_LT(sent.bytes, plenty.size());
  EXPECT_GE(elapsed, 299u);
  EXPECT_LT(elapsed, 5000u);
}

TEST_P(StalledPeerTest, ASlowPeerGetsEverything) {
  SocketPair pair = connected_pair();
  set_nonblocking(pair.connected, GetParam());
  std::vector<std::byte> data(8 * 1024 * 1024);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 31 >> 8);
  std::vector<std::byte> arrived;
  std::thread reader([&] {
    std::vector<std::byte> buffer(100'000);
    for (;;) {
      const IoResult received = receive_some(pair.accepted.native(), buffer);
      if (received.bytes == 0) return;
      arrived.insert(arrived.end(), buffer.begin(),
                     buffer.begin() + static_cast<std::ptrdiff_t>(received.bytes));
    }
  });
  const IoResult sent = send_all(pair.connected.native(), data, patience);
  pair.connected.close();
  reader.join();
  EXPECT_FALSE(sent.error) << sent.error.message();
  EXPECT_EQ(sent.bytes, data.size());
  EXPECT_TRUE(arrived == data) << arrived.size() << " of " << data.size() << " bytes";
}

INSTANTIATE_TEST_SUITE_P(BlockingAndNot, StalledPeerTest, testing::Bool());

TEST_F(SocketTest, AReceiveThatWaitsEndsAtItsLimitAndSendsDoNotWait) {
  SocketPair pair = connected_pair();
  if (!set_waiting_receives(pair.connected, std::chrono::milliseconds(50)))
    GTEST_SKIP() << "the system's calls on a socket all wait, or none does";
  std::byte byte{};
  const auto begin = std::chrono::steady_clock::now();
  const IoResult nothing = receive_some(pair.connected.native(), {&byte, 1});
  const auto waited = std::chrono::steady_clock::now() - begin;
  EXPECT_TRUE(would_block(nothing.error)) << nothing.error.message();
  EXPECT_GE(waited, std::chrono::milliseconds(45));
  EXPECT_LT(waited, std::chrono::seconds(5));

  EXPECT_EQ(send_some(pair.accepted.native(), bytes_of("x")).bytes, 1u);
  EXPECT_EQ(receive_some(pair.connected.native(), {&byte, 1}).bytes, 1u);

  // Nobody reads: a send that waited would wait for good.
  const std::vector<std::byte> block(64 * 1024);
  const std::span<const std::byte> piece(block);
  IoResult sent;
  while (!sent.error) sent = send_some(pair.connected.native(), block);
  EXPECT_TRUE(would_block(sent.error)) << sent.error.message();
  EXPECT_TRUE(would_block(send_pieces(pair.connected.native(), {&piece, 1}).error));
}

TEST_F(SocketTest, AWaitEndsAtItsLimit) {
  SocketPair pair = connected_pair();
  const std::uint64_t started = now_ns();
  EXPECT_FALSE(wait_readable(pair.accepted.native(), milliseconds(50)));
  EXPECT_GE(in_ms(now_ns() - started), 50u);
  EXPECT_FALSE(wait_readable(pair.accepted.native(), milliseconds(-1)));
  EXPECT_TRUE(wait_writable(pair.accepted.native(), patience));
}

TEST_F(SocketTest, TheLongestLimitDoesNotOverflow) {
  SocketPair pair = connected_pair();
  std::thread late([&] {
    sleep_until_ns(now_ns() + 50'000'000);
    EXPECT_EQ(send_some(pair.connected.native(), bytes_of("x")).bytes, 1u);
  });
  const std::uint64_t started = now_ns();
  EXPECT_TRUE(wait_readable(pair.accepted.native(), milliseconds::max()));
  EXPECT_GE(in_ms(now_ns() - started), 20u) << "the wait ended before there was anything to read";
  late.join();
}

TEST_F(SocketTest, PiecesAreSentInTheirOrder) {
  SocketPair pair = connected_pair();
  std::string all;
  for (std::size_t i = 0; i < most_pieces_per_send; ++i)
    all += std::to_string(i) + (i % 3 == 0 ? "" : " and ");
  std::vector<std::span<const std::byte>> pieces;
  const auto bytes = bytes_of(all);
  const std::size_t each = bytes.size() / most_pieces_per_send;
  for (std::size_t i = 0; i < most_pieces_per_send; ++i)
    pieces.push_back(i + 1 < most_pieces_per_send ? bytes.subspan(i * each, each) : bytes.subspan(i * each));
  const IoResult sent = send_pieces(pair.connected.native(), pieces);
  ASSERT_EQ(sent.bytes, all.size()) << sent.error.message();
  std::string received;
  std::array<std::byte, 4096> buffer;
  while (received.size() < all.size()) {
    ASSERT_TRUE(wait_readable(pair.accepted.native(), patience));
    const IoResult got = receive_some(pair.accepted.native(), buffer);
    ASSERT_GT(got.bytes, 0u);
    received.append(reinterpret_cast<const char*>(buffer.data()), got.bytes);
  }
  EXPECT_EQ(received, all);
}

TEST_F(SocketTest, PiecesThatDoNotFitAreSentInPart) {
  SocketPair pair = connected_pair();
  set_nonblocking(pair.connected, true);
  const std::vector<std::byte> block(1'000'000);
  const std::vector<std::span<const std::byte>> pieces(100, block);
  const IoResult sent = send_pieces(pair.connected.native(), pieces);
  EXPECT_TRUE(sent.error ? would_block(sent.error) : sent.bytes > 0) << sent.error.message();
  EXPECT_LE(sent.bytes, 100 * block.size());
}

TEST_F(SocketTest, BufferSizesAreTheSystemsAnswer) {
  SocketOptions options;
  options.receive_buffer_bytes = 64 * 1024;
  options.send_buffer_bytes = 32 * 1024;
  const Socket socket = open_tcp(AddressFamily::ipv4, options);
  // Linux answers twice what was asked for, counting its own bookkeeping.
  EXPECT_GE(receive_buffer_bytes(socket), 64 * 1024);
  EXPECT_LE(receive_buffer_bytes(socket), 128 * 1024);
  EXPECT_GE(send_buffer_bytes(socket), 32 * 1024);
  EXPECT_LE(send_buffer_bytes(socket), 64 * 1024);
}

TEST_F(SocketTest, AReceiveBufferIsGrantedInTheTermsInWhichItIsAsked) {
  SocketOptions options;
  options.receive_buffer_bytes = 64 * 1024;
  for (const Socket& socket :
       {open_tcp(AddressFamily::ipv4, options), open_udp(AddressFamily::ipv4, options)}) {
    const std::optional<int> granted = granted_receive_buffer(socket);
    // Wine answers what was asked, so that its host's answer stays unknown.
    EXPECT_EQ(granted.has_value(), !running_under_wine());
    EXPECT_EQ(granted.value_or(64 * 1024), 64 * 1024);
  }
}

TEST_F(SocketTest, AReceiveBufferPastTheSystemsBoundIsGrantedInPart) {
  std::ifstream bound_file("/proc/sys/net/core/rmem_max");
  int bound = 0;
  if (!(bound_file >> bound) || running_under_wine())
    GTEST_SKIP() << "no /proc/sys/net/core/rmem_max, or Wine";
  constexpr int asked = 1 << 30;
  if (bound >= asked) GTEST_SKIP() << "net.core.rmem_max is " << bound;
  SocketOptions options;
  options.receive_buffer_bytes = asked;
  EXPECT_EQ(granted_receive_buffer(open_udp(AddressFamily::ipv4, options)), bound);
  const SocketPair pair = connected_pair(AddressFamily::ipv4, options);
  EXPECT_EQ(granted_receive_buffer(pair.accepted), bound) << "accepted sockets inherit their listener's";
}

TEST_F(SocketTest, ARegisteredIoSocketIsASocketLikeAnyOther) {
  SocketOptions options;
  options.registered_io = true;
  const SocketPair pair = connected_pair(AddressFamily::ipv4, options);
  EXPECT_EQ(send_all(pair.connected.native(), bytes_of("abc"), patience).bytes, 3u);
}

TEST_F(SocketTest, DatagramsKeepTheirBounds) {
  const Socket receiver = open_udp(AddressFamily::ipv4);
  bind_socket(receiver, Address::loopback(AddressFamily::ipv4));
  const Socket sender = open_udp(AddressFamily::ipv4);
  const Address to = local_address(receiver);
  ASSERT_EQ(
      connect(sender.native(), static_cast<const sockaddr*>(to.data()), static_cast<socklen_t>(to.size())),
      0);
  EXPECT_EQ(send_some(sender.native(), bytes_of("one")).bytes, 3u);
  EXPECT_EQ(send_some(sender.native(), bytes_of("three")).bytes, 5u);
  std::array<std::byte, 64> buffer;
  for (const std::size_t size : {std::size_t{3}, std::size_t{5}}) {
    ASSERT_TRUE(wait_readable(receiver.native(), patience));
    EXPECT_EQ(receive_some(receiver.native(), buffer).bytes, size);
  }
}

TEST_F(SocketTest, AClosedSocketIsNamedAsOne) {
  const Socket none;
  const auto [error, text] = error_of([&] { local_address(none); });
  EXPECT_TRUE(error == std::errc::not_a_socket || error == std::errc::bad_file_descriptor) << text;
  EXPECT_EQ(text.rfind("getsockname(", 0), 0u) << text;
}

#ifdef _WIN32
TEST_F(SocketTest, ASendLeavesNoCompletionInTheSocketsPort) {
  SocketPair pair = connected_pair();
  const HANDLE port =
      CreateIoCompletionPort(reinterpret_cast<HANDLE>(pair.connected.native()), nullptr, 7, 1);
  ASSERT_NE(port, nullptr);
  const std::vector<std::byte> data(16 * 1024);
  EXPECT_EQ(send_all(pair.connected.native(), data, patience).bytes, data.size());  // at once
  const std::vector<std::byte> plenty(64 * 1024 * 1024);
  EXPECT_TRUE(send_all(pair.connected.native(), plenty, milliseconds(100)).error ==
              std::errc::timed_out);  // later
  DWORD bytes = 0;
  ULONG_PTR key = 0;
  OVERLAPPED* operation = nullptr;
  EXPECT_FALSE(GetQueuedCompletionStatus(port, &bytes, &key, &operation, 50));
  EXPECT_EQ(operation, nullptr);
  EXPECT_EQ(GetLastError(), static_cast<DWORD>(WAIT_TIMEOUT));
  CloseHandle(port);
}

TEST_F(SocketTest, NoHandleIsInheritable) {
  const SocketPair pair = connected_pair();
  for (const Socket* socket : {&pair.accepted, &pair.connected}) {
    DWORD flags = HANDLE_FLAG_INHERIT;
    ASSERT_TRUE(GetHandleInformation(reinterpret_cast<HANDLE>(socket->native()), &flags));
    EXPECT_EQ(flags & HANDLE_FLAG_INHERIT, 0u);
  }
}
#endif

}  // namespace
}  // namespace recvbench
