// The engine on providers that fail, withhold notifications or remember what they were asked: each failure is
// reported by name, ends in bounded time and leaves nothing registered.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "engines/tests/record.h"
#include "engines/winsock/notifications/engine.h"
#include "engines/winsock/notifications/emulation.h"
#include "platform/error.h"
#include "platform/socket.h"

namespace recvbench {
namespace {

constexpr std::chrono::seconds limit{20};

// What fails in this test, and what was done. The function carries no context, so the one test that runs
// keeps both here.
struct Faults {
  // The n-th from now (1 = the next) fails, and every later one; 0 = none does.
  std::atomic<int> call{0};
  std::atomic<int> enable{0};
  std::atomic<int> remove{0};
  std::atomic<bool> hold_back{false};  // notifications other than REMOVE never arrive
  std::function<void()> before_enable = [] {};

  std::atomic<int> registered{0};  // sockets that are
  std::atomic<int> enables{0};     // registrations of that kind that succeeded
};
std::unique_ptr<Faults> faults;

bool fails(std::atomic<int>& countdown) {
  int left = countdown.load();
  while (left > 1 && !countdown.compare_exchange_weak(left, left - 1)) {
  }
  return left == 1;
}

// Whether the registration is to fail, which it then does as one of no operation.
bool is_to_fail(const notify::Registration& registration) {
  if (registration.operation == notify::operation_enable) return fails(faults->enable);
  return registration.operation == notify::operation_remove && fails(faults->remove);
}

std::uint32_t without_held_back(OVERLAPPED_ENTRY* packets, std::uint32_t count) {
  if (!faults->hold_back) return count;
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const DWORD events = packets[i].dwNumberOfBytesTransferred;
    if (events == 0 || (events & notify::event_remove) != 0) packets[kept++] = packets[i];
  }
  return kept;
}

DWORD WSAAPI faulty(HANDLE port, std::uint32_t registration_count, notify::Registration* registrations,
                    std::uint32_t timeout_ms, ULONG completion_count, OVERLAPPED_ENTRY* completions,
                    std::uint32_t* received_count) {
  static const notify::ProcessSocketNotifications emulated = emulated_socket_notifications().process;
  if (fails(faults->call)) return WSAENOBUFS;
  std::vector<notify::Registration> let_through(registrations, registrations + registration_count);
  std::vector<bool> failing;
  for (notify::Registration& registration : let_through) {
    if (registration.operation == notify::operation_enable) faults->before_enable();
    failing.push_back(is_to_fail(registration));
    if (failing.back()) registration.operation = notify::operation_none;
  }
  const DWORD error = emulated(port, registration_count, let_through.empty() ? nullptr : let_through.data(),
                               timeout_ms, completion_count, completions, received_count);
  for (std::uint32_t i = 0; i < registration_count; ++i) {
    registrations[i].registration_result = failing[i] ? WSAENOBUFS : let_through[i].registration_result;
    if (registrations[i].registration_result != ERROR_SUCCESS) continue;
    if (registrations[i].operation == notify::operation_enable) ++faults->enables;
    if (registrations[i].operation == notify::operation_remove) --faults->registered;
  }
  if (error == ERROR_SUCCESS && received_count != nullptr) {
    *received_count = without_held_back(completions, *received_count);
  }
  return error;
}

SocketNotificationsProvider faulty_provider() {
  return {faulty, true, "emulated"};
}

class SocketNotificationsFaults : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    faults = std::make_unique<Faults>();
    const EngineDescriptor descriptor = socket_notifications_engine();
    const Setting& trigger = *descriptor.find_setting("trigger");
    for (std::uint64_t i = 0; i < trigger.choices.size(); ++i) {
      if (trigger.choices[i] == GetParam()) settings_.set(trigger, i);
    }
    settings_.buffer_bytes = 512;
    engine_ = make_socket_notifications_engine(settings_, faulty_provider);
  }

  void TearDown() override { engine_->stop(); }

  // A connection handed to the engine; its peer.
  Socket& connect() { return add(connected_pair()); }
  Socket& add(SocketPair pair) {
    engine_->add(std::make_unique<Connection>(std::move(pair.accepted)));
    return peers_.emplace_back(std::move(pair.connected));
  }

  static bool send(const Socket& peer, std::size_t bytes = 3) {
    return !send_all(peer.native(), std::vector<std::byte>(bytes), limit).error;
  }
  // Bytes to the engine, which must deliver them.
  bool delivers(const Socket& peer, std::size_t bytes = 3) {
    expected_ += bytes;
    return send(peer, bytes) && record_.wait_bytes(expected_);
  }
  // Waits until something that another thread does has happened.
  template <class Condition>
  static bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      Sleep(1);
    }
    return true;
  }
  bool is_oneshot() const { return GetParam() == "oneshot"; }

  NetworkSession session_;
  EngineSettings settings_;
  Record record_;
  std::unique_ptr<ReceiveEngine> engine_;
  std::list<Socket> peers_;
  std::size_t expected_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Triggers, SocketNotificationsFaults, testing::Values("level", "edge", "oneshot"),
                         [](const auto& trigger) { return trigger.param; });

TEST_P(SocketNotificationsFaults, NoFaultNoTrouble) {
  engine_->start(record_);
  EXPECT_TRUE(delivers(connect()));
  engine_->stop();
  EXPECT_EQ(record_.wait_closed(1), std::vector{canceled_error()});
}

TEST_P(SocketNotificationsFaults, NoFunction) {
  const auto engine = make_socket_notifications_engine(settings_, system_socket_notifications);
  try {
    engine->start(record_);
    GTEST_SKIP() << "this system has ProcessSocketNotifications";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("GetProcAddress"), std::string::npos) << error.what();
  }
  EXPECT_THROW(engine->add(std::make_unique<Connection>(connected_pair().accepted)), std::system_error);
}

TEST_P(SocketNotificationsFaults, ACallThatFailsEndsAllConnectionsOfItsThread) {
  engine_->start(record_);
  Socket& first = connect();
  connect();
  ASSERT_TRUE(delivers(first));
  faults->call = 1;
  ASSERT_TRUE(send(first));  // the wait that it ends is the last one that succeeds
  const std::vector expected(2, socket_error(WSAENOBUFS));
  EXPECT_EQ(record_.wait_closed(2), expected);
  EXPECT_TRUE(eventually([&] {
    try {
      connect();
      return false;
    } catch (const std::system_error& error) {
      return error.code() == canceled_error();
    }
  })) << "a connection is taken though nobody is left to receive from it";
}

TEST_P(SocketNotificationsFaults, ARegistrationThatFailsEndsItsConnectionOnly) {
  engine_->start(record_);
  Socket& first = connect();
  ASSERT_TRUE(delivers(first));
  ASSERT_TRUE(eventually([&] { return faults->enables == (is_oneshot() ? 2 : 1); }));
  faults->enable = 1;
  connect();
  EXPECT_EQ(record_.wait_closed(1), std::vector{socket_error(WSAENOBUFS)});
  faults->enable = 0;
  EXPECT_TRUE(delivers(first));
  EXPECT_TRUE(delivers(connect()));
}

class OneshotFaults : public SocketNotificationsFaults {};
INSTANTIATE_TEST_SUITE_P(Triggers, OneshotFaults, testing::Values("oneshot"));

TEST_P(OneshotFaults, AReRegistrationThatFailsEndsItsConnectionOnly) {
  engine_->start(record_);
  Socket& first = connect();
  Socket& second = connect();
  ASSERT_TRUE(eventually([] { return faults->enables == 2; }));
  faults->enable = 1;
  ASSERT_TRUE(delivers(first));
  EXPECT_EQ(record_.wait_closed(1), std::vector{socket_error(WSAENOBUFS)});
  faults->enable = 0;
  EXPECT_TRUE(delivers(second));
}

TEST_P(SocketNotificationsFaults, ARemovalThatFailsClosesItsConnectionAllTheSame) {
  engine_->start(record_);
  Socket& first = connect();
  Socket& second = connect();
  ASSERT_TRUE(delivers(first));
  faults->remove = 1;
  first.close();
  EXPECT_EQ(record_.wait_closed(1), std::vector{std::error_code()});
  EXPECT_TRUE(delivers(second));
  const auto before = std::chrono::steady_clock::now();
  engine_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, limit);
  EXPECT_EQ(record_.wait_closed(2).back(), canceled_error());
}

class EdgeFaults : public SocketNotificationsFaults {};
INSTANTIATE_TEST_SUITE_P(Triggers, EdgeFaults, testing::Values("edge"));

// A new connection whose bytes came before it was registered is drained unasked; so is one that has more than
// a turn's worth of them.
TEST_P(EdgeFaults, ANewConnectionIsDrainedOnceItIsRegistered) {
  constexpr std::size_t bytes = 40 * 512;  // two turns of 16 receives, and more
  faults->hold_back = true;
  engine_->start(record_);
  SocketPair pair = connected_pair();
  ASSERT_TRUE(send(pair.connected, bytes));
  ASSERT_TRUE(wait_readable(pair.accepted.native(), limit));
  Sleep(50);  // for all of it to arrive
  add(std::move(pair));
  EXPECT_TRUE(record_.wait_bytes(bytes));
  EXPECT_GE(record_.receives(), 40u);
}

// Bytes that come before the registration are no edge, and so must be looked for after it.
TEST_P(EdgeFaults, WhatComesJustBeforeTheRegistrationIsNotLost) {
  SocketPair pair = connected_pair();
  const NativeSocket accepted = pair.accepted.native();
  const NativeSocket connected = pair.connected.native();
  faults->before_enable = [accepted, connected] {
    EXPECT_FALSE(send_all(connected, std::vector<std::byte>(3), limit).error);
    EXPECT_TRUE(wait_readable(accepted, limit));
  };
  faults->hold_back = true;
  engine_->start(record_);
  add(std::move(pair));
  EXPECT_TRUE(record_.wait_bytes(3));
}

// At one port: whoever is told has the connection to itself until it asks for it again.
TEST_P(SocketNotificationsFaults, SeveralThreadsReceiveWhatIsSent) {
  settings_.threads = 2;
  engine_ = make_socket_notifications_engine(settings_, faulty_provider);
  engine_->start(record_);
  std::vector<Socket*> peers;
  for (int i = 0; i < 8; ++i) peers.push_back(&connect());
  for (int round = 0; round < 20; ++round) {
    for (Socket* peer : peers) ASSERT_TRUE(send(*peer, 700));
  }
  EXPECT_TRUE(record_.wait_bytes(std::size_t{20} * 8 * 700));
  engine_->stop();
  EXPECT_EQ(record_.wait_closed(8).size(), 8u);
}

}  // namespace
}  // namespace recvbench
