// Queues that are too small: buffers run out, completions overflow. Nothing is lost, and receives go on.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "engines/catalog.h"
#include "engines/posix/io_uring.h"
#include "engines/tests/conformance/rig.h"

namespace recvbench {
namespace {

class IoUringQueuesTest : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  void SetUp() override {
    settings_.set(io_uring_setup_setting, GetParam());
    const Availability here = engine_.check(settings_);
    if (!here.available) GTEST_SKIP() << "multishot receives cannot run here: " << here.reason;
  }

  void set_buffers(std::uint64_t count, std::size_t bytes_each) {
    settings_.set(io_uring_buffers_setting, count);
    settings_.buffer_bytes = bytes_each;
  }

  // One connection, of which twenty thousand bytes arrive while the engine's thread is held up in the
  // first delivery. With a buffer for each byte they are far more completions than the queue has room for.
  Client flood(Rig& rig, std::atomic<bool>& all_sent) {
    Client client = rig.connect([&all_sent](Connection&, std::span<const std::byte>) {
      while (!all_sent) std::this_thread::yield();
      return true;
    });
    client.send(20'000);
    all_sent = true;
    return client;
  }

  NetworkSession session_;
  const EngineDescriptor& engine_ = *find_engine("io_uring");
  EngineSettings settings_;
};
INSTANTIATE_TEST_SUITE_P(Setups, IoUringQueuesTest, ::testing::Range(std::uint64_t{0}, std::uint64_t{3}),
                         [](const auto& one) {
                           std::string name(io_uring_setups[one.param]);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(IoUringQueuesTest, OneBufferServesManyConnections) {
  set_buffers(1, 16);
  Rig rig(engine_, settings_);
  rig.start();
  std::vector<Client> clients(8);
  for (auto& client : clients) client = rig.connect();
  for (int round = 0; round < 4; ++round) {
    for (auto& client : clients) client.send(1'000);
  }
  for (auto& client : clients) shutdown_send(client.socket);
  for (auto& client : clients) {
    ASSERT_TRUE(rig.closed(client));
    EXPECT_FALSE(rig.close_error(client)) << rig.close_error(client).message();
    EXPECT_EQ(client.log->received, 4'000u);
  }
  rig.stop();
  // Each time the one buffer was away a receive ended with ENOBUFS.
  EXPECT_GT(rig.engine().counters().receive_calls, clients.size());
}

TEST_P(IoUringQueuesTest, CompletionsBeyondTheQueueAreNotLost) {
  set_buffers(32'768, 1);
  Rig rig(engine_, settings_);
  rig.start();
  std::atomic<bool> all_sent{false};
  Client client = flood(rig, all_sent);
  EXPECT_TRUE(rig.delivered(client));
  shutdown_send(client.socket);
  EXPECT_TRUE(rig.closed(client));
  EXPECT_EQ(client.log->received, 20'000u);
  EXPECT_EQ(client.log->calls, 20'000u);
  rig.stop();
  // A receive whose completion finds no room in the queue ends. Only by default is it certain to come to
  // that: otherwise the kernel fills the queue when the thread waits, or as soon as its own thread has its
  // turn.
  if (GetParam() == 0) {
    EXPECT_GT(rig.engine().counters().receive_calls, 1u);
  }
}

TEST_P(IoUringQueuesTest, StopsWithMoreCompletionsThanTheQueueHolds) {
  set_buffers(32'768, 1);
  Rig rig(engine_, settings_);
  rig.start();
  std::atomic<bool> all_sent{false};
  const Client client = flood(rig, all_sent);
  rig.stop();
  EXPECT_EQ(client.log->closes, 1);
}

}  // namespace
}  // namespace recvbench
