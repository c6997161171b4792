// What the engine relies on of polls through \Device\Afd. Nobody documents it; the programs that use it rely
// on the same (afd/abi.h).
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "engines/winsock/afd/device.h"
#include "engines/winsock/afd/engine.h"
#include "platform/datagram.h"
#include "platform/error.h"
#include "platform/socket.h"

namespace recvbench {
namespace {

constexpr DWORD limit_ms = 20000;
constexpr DWORD short_ms = 50;  // for what must not come
constexpr ULONG readable = afd::poll_receive | afd::poll_disconnect | afd::poll_abort | afd::poll_local_close;

class AfdPolls : public testing::Test {
 protected:
  void SetUp() override {
    const Availability availability = afd_poll_engine().probe();
    if (!availability.available) GTEST_SKIP() << availability.reason;
    functions_ = system_afd_functions();
    device_.emplace(functions_, port_);
    pair_ = connected_pair();
  }

  void TearDown() override {
    if (!device_) return;
    EXPECT_FALSE(device_->cancel_all());
    while (outstanding_ > 0) ASSERT_NE(take(limit_ms), nullptr) << "a poll that was cancelled is still out";
  }

  std::error_code start(AfdPoll& poll, NativeSocket socket) {
    ++outstanding_;
    const std::error_code error = device_->start(poll, socket, readable);
    if (error) --outstanding_;
    return error;
  }
  std::error_code start() { return start(poll_, pair_.accepted.native()); }

  // The poll whose packet comes next; null where none does.
  AfdPoll* take(DWORD within_ms) {
    const auto came = packets_.take_within(within_ms);
    if (came.empty()) return nullptr;
    --outstanding_;
    EXPECT_EQ(came[0].lpCompletionKey, 0u);
    return static_cast<AfdPoll*>(came[0].lpOverlapped);
  }
  // The events of poll_, which is the one that comes; none where it does not, or fails.
  ULONG events() {
    if (take(limit_ms) != &poll_ || device_->error_of(poll_)) return 0;
    EXPECT_EQ(poll_.info.number_of_handles, 1u);
    EXPECT_EQ(poll_.info.socket.handle, reinterpret_cast<HANDLE>(pair_.accepted.native()));
    return poll_.info.socket.events;
  }

  void send(std::size_t bytes = 3) {
    ASSERT_FALSE(
        send_all(pair_.connected.native(), std::vector<std::byte>(bytes), std::chrono::seconds(20)).error);
  }

  NetworkSession session_;
  AfdFunctions functions_;
  CompletionPort port_;
  std::optional<AfdDevice> device_;
  InBatches packets_{port_, 1};
  SocketPair pair_;
  AfdPoll poll_;
  int outstanding_ = 0;
};

TEST_F(AfdPolls, WaitUntilThereIsSomethingToReceive) {
  ASSERT_FALSE(start());
  EXPECT_EQ(take(short_ms), nullptr);
  send();
  EXPECT_EQ(events(), afd::poll_receive);
}

TEST_F(AfdPolls, AreAnnouncedOnceAlsoWhereTheyCompleteAtOnce) {
  send();
  ASSERT_TRUE(wait_readable(pair_.accepted.native(), std::chrono::seconds(20)));
  ASSERT_FALSE(start());
  EXPECT_EQ(events(), afd::poll_receive);
  EXPECT_EQ(take(short_ms), nullptr);
}

TEST_F(AfdPolls, AskForTheLevelAndNotTheEdge) {
  send();
  for (int i = 0; i < 3; ++i) {
    ASSERT_FALSE(start());
    EXPECT_EQ(events(), afd::poll_receive) << i;
  }
  std::vector<std::byte> buffer(3);
  ASSERT_EQ(receive_some(pair_.accepted.native(), buffer).bytes, 3u);
  ASSERT_FALSE(start());
  EXPECT_EQ(take(short_ms), nullptr);
}

TEST_F(AfdPolls, ReportThatThePeerHasClosed) {
  ASSERT_FALSE(start());
  pair_.connected.close();
  EXPECT_NE(events() & afd::poll_disconnect, 0u);
}

TEST_F(AfdPolls, ReportAReset) {
  ASSERT_FALSE(start());
  set_abortive_close(pair_.connected);
  pair_.connected.close();
  // Wine 8 calls it a disconnect.
  EXPECT_NE(events() & (afd::poll_abort | afd::poll_disconnect), 0u);
}

TEST_F(AfdPolls, ReportThatTheSocketWasClosedUnderneath) {
  ASSERT_FALSE(start());
  EXPECT_EQ(take(short_ms), nullptr);
  const NativeSocket closed = pair_.accepted.native();
  pair_.accepted.close();
  ASSERT_EQ(take(limit_ms), &poll_);
  EXPECT_FALSE(device_->error_of(poll_));
  EXPECT_EQ(poll_.info.socket.handle, reinterpret_cast<HANDLE>(closed));
  EXPECT_NE(poll_.info.socket.events & afd::poll_local_close, 0u);
}

TEST_F(AfdPolls, ReportADatagramEvenOfNoBytes) {
  const Socket receiver = bind_udp(Address::loopback(AddressFamily::ipv4));
  const Socket sender = connect_udp(local_address(receiver));
  ASSERT_FALSE(start(poll_, receiver.native()));
  EXPECT_EQ(take(short_ms), nullptr);
  ASSERT_FALSE(send_some(sender.native(), {}).error);
  ASSERT_EQ(take(limit_ms), &poll_);
  EXPECT_EQ(poll_.info.socket.events, afd::poll_receive);
}

TEST_F(AfdPolls, OfOneSocketAllComplete) {
  AfdPoll other;
  ASSERT_FALSE(start());
  ASSERT_FALSE(start(other, pair_.accepted.native()));
  send();
  AfdPoll* const first = take(limit_ms);
  AfdPoll* const second = take(limit_ms);
  EXPECT_TRUE((first == &poll_ && second == &other) || (first == &other && second == &poll_));
}

TEST_F(AfdPolls, ThatAreCancelledCompleteWithTheReason) {
  const SocketPair other_pair = connected_pair();
  AfdPoll other;
  ASSERT_FALSE(start());
  ASSERT_FALSE(start(other, other_pair.accepted.native()));
  ASSERT_FALSE(device_->cancel_all());
  for (int i = 0; i < 2; ++i) {
    const AfdPoll* const cancelled = take(limit_ms);
    ASSERT_NE(cancelled, nullptr);
    EXPECT_EQ(device_->error_of(*cancelled), std::errc::operation_canceled);
  }
  EXPECT_FALSE(device_->cancel_all()) << "nothing to cancel is no error";
}

TEST_F(AfdPolls, OfWhatIsNoSocketAreRefusedWithoutAPacket) {
  const CompletionPort no_socket_at_all;
  EXPECT_TRUE(start(poll_, reinterpret_cast<NativeSocket>(no_socket_at_all.handle())));
  EXPECT_TRUE(start(poll_, pair_.accepted.native() + 0x10000));
  EXPECT_EQ(take(short_ms), nullptr);
}

TEST_F(AfdPolls, AreOfTheSocketBeneathTheProviders) {
  EXPECT_EQ(base_socket(pair_.accepted), pair_.accepted.native()) << "a provider is layered over TCP here";
  EXPECT_THROW(base_socket(Socket()), std::system_error);
}

TEST_F(AfdPolls, NeedTheDevice) {
  functions_.create_file = [](HANDLE*, ACCESS_MASK, OBJECT_ATTRIBUTES*, IO_STATUS_BLOCK*, LARGE_INTEGER*,
                              ULONG, ULONG, ULONG, ULONG, void*, ULONG) {
    return static_cast<NTSTATUS>(0xC0000022);  // STATUS_ACCESS_DENIED
  };
  try {
    const AfdDevice device(functions_, port_);
    FAIL() << "a device out of nothing";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::permission_denied);
    const std::string what = error.what();
    EXPECT_NE(what.find("NtCreateFile(\\Device\\Afd\\Recvbench: NTSTATUS 0xC0000022)"), std::string::npos)
        << what;
  }
}

}  // namespace
}  // namespace recvbench
