// Which calls the RIO engine makes, and with what, as its settings choose.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

#include "engines/tests/rio/engine_variants.h"
#include "engines/winsock/rio/engine.h"
#include "engines/winsock/rio/emulation.h"
#include "platform/cost.h"
#include "platform/socket.h"

namespace recvbench {
namespace {

constexpr std::chrono::seconds limit{20};

// What was called. The table's functions carry no context, so the one test that runs keeps it here.
struct Calls {
  std::mutex mutex;
  std::vector<std::optional<rio::Notification>> queues;  // RIOCreateCompletionQueue's; none = polled
  std::vector<DWORD> registered;                         // RIORegisterBuffer's bytes
  std::vector<ULONG> depths;                             // RIOCreateRequestQueue's receives
  std::vector<DWORD> flags;                              // RIOReceive's
  std::atomic<int> notifies{0};
};
std::unique_ptr<Calls> calls;

const rio::FunctionTable& emulation() {
  static const rio::FunctionTable table = emulated_rio().functions;
  return table;
}

template <class T>
void note(std::vector<T>& list, T value) {
  const std::lock_guard lock(calls->mutex);
  list.push_back(value);
}

RioProvider noting_rio() {
  RioProvider provider = emulated_rio();
  rio::FunctionTable& table = provider.functions;
  table.create_completion_queue = [](DWORD size, rio::Notification* notification) -> rio::CompletionQueue {
    note(calls->queues,
         notification != nullptr ? std::optional<rio::Notification>(*notification) : std::nullopt);
    return emulation().create_completion_queue(size, notification);
  };
  table.register_buffer = [](char* data, DWORD bytes) -> rio::BufferId {
    note(calls->registered, bytes);
    return emulation().register_buffer(data, bytes);
  };
  table.create_request_queue = [](SOCKET socket, ULONG receives, ULONG receive_buffers, ULONG sends,
                                  ULONG send_buffers, rio::CompletionQueue receive_queue,
                                  rio::CompletionQueue send_queue, void* context) -> rio::RequestQueue {
    note(calls->depths, receives);
    return emulation().create_request_queue(socket, receives, receive_buffers, sends, send_buffers,
                                            receive_queue, send_queue, context);
  };
  table.receive = [](rio::RequestQueue queue, rio::Buffer* data, ULONG buffers, DWORD flags,
                     void* context) -> BOOL {
    note(calls->flags, flags);
    return emulation().receive(queue, data, buffers, flags, context);
  };
  table.notify = [](rio::CompletionQueue queue) -> INT {
    ++calls->notifies;
    return emulation().notify(queue);
  };
  return provider;
}

class Bytes final : public ReceiveHandler, public ReceiveSink {
 public:
  ReceiveSink& attach_thread() override { return *this; }
  bool on_receive(Connection&, std::span<const std::byte> bytes) override {
    const std::lock_guard lock(mutex_);
    count_ += bytes.size();
    changed_.notify_all();
    return true;
  }
  void on_close(Connection&, std::error_code) override {}

  bool wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [&] { return count_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_ = 0;
};

class RioEngineCalls : public testing::TestWithParam<RioVariant> {
 protected:
  void SetUp() override { calls = std::make_unique<Calls>(); }
  void TearDown() override {
    if (engine_) engine_->stop();
  }

  EngineSettings settings() const { return GetParam().settings(); }
  void start(const EngineSettings& settings) {
    engine_ = make_rio_engine(settings, noting_rio);
    engine_->start(bytes_);
  }
  Socket connect() {
    SocketPair pair = connected_pair();
    engine_->add(std::make_unique<Connection>(std::move(pair.accepted)));
    return std::move(pair.connected);
  }
  bool delivers(const Socket& peer, std::size_t count) {
    const std::vector<std::byte> text(count);
    expected_ += count;
    return !send_all(peer.native(), text, limit).error && bytes_.wait_for(expected_);
  }
  template <class T>
  std::vector<T> noted(const std::vector<T>& list) {
    const std::lock_guard lock(calls->mutex);
    return list;
  }

  NetworkSession session_;
  Bytes bytes_;
  std::unique_ptr<ReceiveEngine> engine_;
  std::size_t expected_ = 0;
};
RECVBENCH_RIO_VARIANTS(RioEngineCalls, any_variant);

TEST_P(RioEngineCalls, TheQueueIsMadeForItsMode) {
  EngineSettings three = settings();
  three.threads = 3;
  start(three);
  const auto queues = noted(calls->queues);
  EXPECT_EQ(queues.size(), GetParam().is_shared() ? 1u : 3u);
  for (const auto& notification : queues) {
    if (GetParam().is_polled()) {
      EXPECT_FALSE(notification);
    } else if (rio_mode_names[GetParam().mode] == "iocp") {
      ASSERT_TRUE(notification);
      EXPECT_EQ(notification->type, rio::NotificationType::iocp);
      EXPECT_NE(notification->iocp.overlapped, nullptr);
    } else {
      ASSERT_TRUE(notification);
      EXPECT_EQ(notification->type, rio::NotificationType::event);
      EXPECT_TRUE(notification->event.notify_reset);
    }
  }
}

TEST_P(RioEngineCalls, OnlyAModeThatWaitsAsksForNotifications) {
  start(settings());
  const Socket peer = connect();
  ASSERT_TRUE(delivers(peer, 10));
  if (GetParam().is_polled()) {
    EXPECT_EQ(calls->notifies, 0);
    return;
  }
  // With nothing more to do it asks once more, and waits.
  const auto end = std::chrono::steady_clock::now() + limit;
  while (calls->notifies == 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_GT(calls->notifies, 0);
}

// No time of a processor where there is nothing to poll for: before the first connection and after the last.
TEST_P(RioEngineCalls, AnIdleThreadSleeps) {
  EngineSettings two = settings();
  two.threads = 2;
  start(two);
  const auto busy_for = [](std::chrono::milliseconds time) {
    const std::uint64_t before = process_cost().user_ns + process_cost().kernel_ns;
    std::this_thread::sleep_for(time);
    return std::chrono::nanoseconds(process_cost().user_ns + process_cost().kernel_ns - before);
  };
  EXPECT_LT(busy_for(std::chrono::milliseconds(300)), std::chrono::milliseconds(100));
  {
    const Socket peer = connect();
    ASSERT_TRUE(delivers(peer, 10));
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // for the close to be noticed
  EXPECT_LT(busy_for(std::chrono::milliseconds(300)), std::chrono::milliseconds(100));
  const Socket peer = connect();
  EXPECT_TRUE(delivers(peer, 10));
}

TEST_P(RioEngineCalls, ReceivesInFlightAreTheDepthOfTheRequestQueue) {
  EngineSettings deep = settings();
  deep.receives_in_flight = 5;
  start(deep);
  const Socket peer = connect();
  ASSERT_TRUE(delivers(peer, 10));
  EXPECT_EQ(noted(calls->depths), std::vector<ULONG>{5});
}

// Of the first receives: in one row, posted before anything else.
TEST_P(RioEngineCalls, ReceivesOfARowAreCommittedAsTheSettingSays) {
  constexpr DWORD defer = rio::defer;
  const std::vector<DWORD> expected[] = {
      {defer, defer, defer, 0}, {defer, defer, defer, defer, rio::commit_only}, {0, 0, 0, 0}};
  for (std::uint64_t commit = rio_commit.least; commit <= rio_commit.most; ++commit) {
    calls = std::make_unique<Calls>();
    EngineSettings deep = settings();
    deep.receives_in_flight = 4;
    deep.set(rio_commit, commit);
    start(deep);
    const Socket peer = connect();
    ASSERT_TRUE(delivers(peer, 1));
    std::vector<DWORD> flags = noted(calls->flags);
    ASSERT_GE(flags.size(), expected[commit].size()) << rio_commit_names[commit];
    flags.resize(expected[commit].size());
    EXPECT_EQ(flags, expected[commit]) << rio_commit_names[commit];
    engine_->stop();
  }
}

TEST_P(RioEngineCalls, OneSlabHoldsAsManyConnectionsAsItIsSetTo) {
  constexpr DWORD slab = 50 * 2 * (1024 + 64);  // a line for a datagram's source beside each slice
  EngineSettings set = settings();
  set.buffer_bytes = 1024;
  set.receives_in_flight = 2;
  set.set(rio_slab, 50);
  start(set);
  EXPECT_EQ(noted(calls->registered), std::vector<DWORD>{slab});
  std::vector<Socket> peers;
  for (int i = 0; i < 50; ++i) peers.push_back(connect());
  for (const Socket& peer : peers) ASSERT_TRUE(delivers(peer, 10));
  EXPECT_EQ(noted(calls->registered).size(), 1u);
  const Socket one_more = connect();
  ASSERT_TRUE(delivers(one_more, 10));
  EXPECT_EQ(noted(calls->registered), (std::vector<DWORD>{slab, slab}));
}

}  // namespace
}  // namespace recvbench
