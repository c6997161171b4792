// Starting and stopping: in any state, any number of times, with nothing left behind.
#include "engines/tests/conformance/engine_test.h"

#include <chrono>
#include <optional>
#include <thread>

#include "engines/tests/conformance/sanitized.h"
#include "platform/cost.h"
#include "platform/system_info.h"
#include "platform/thread.h"

namespace recvbench {
namespace {

using LifecycleTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Engines, LifecycleTest, ::testing::ValuesIn(socket_engines()), print_case);
INSTANTIATE_TEST_SUITE_P(Mechanisms, LifecycleTest, ::testing::ValuesIn(socket_engines_with_each_mechanism()),
                         print_case);

TEST_P(LifecycleTest, StopWithoutStartDoesNothing) {
  const auto unused = engine().create(settings());
  unused->stop();
  EXPECT_EQ(unused->counters().receive_calls, 0u);
}

TEST_P(LifecycleTest, StopsWithNoConnections) {
  Rig rig(engine(), settings());
  rig.start();
  rig.stop();
  EXPECT_EQ(rig.recorder().receive_calls(), 0u);
}

// A model that spins has something to spin for: connections.
TEST_P(LifecycleTest, SleepsWhileItHasNoConnections) {
  constexpr std::chrono::milliseconds watched{500};
  constexpr std::uint64_t allowed = std::chrono::nanoseconds(watched).count() / 5;
  const auto cpu_ns = [] {
    const ProcessCost cost = process_cost();
    return cost.user_ns + cost.kernel_ns;
  };
  Rig rig(engine(), settings());
  rig.start();
  Client client = rig.connect();
  client.send(100);
  ASSERT_TRUE(rig.delivered(client));
  client.close();
  ASSERT_TRUE(rig.closed(client));
  // One spinning thread would take all of the time, and on a busy machine half of it or so. A mode that spins before it waits
  // may do so first: 1,000 polls of an emulated RIO queue, each a round trip to a busy Wine server, took more than is allowed.
  std::uint64_t spent = allowed;
  for (int window = 0; window < 3 && spent >= allowed; ++window) {
    const std::uint64_t before = cpu_ns();
    std::this_thread::sleep_for(watched);
    spent = cpu_ns() - before;
  }
  EXPECT_LT(spent, allowed);
}

TEST_P(LifecycleTest, StopCancelsPendingReceives) {
  Rig rig(engine(), settings());
  rig.start();
  std::vector<Client> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(rig.connect());
  for (std::size_t i = 0; i < clients.size(); i += 2) {
    clients[i].send(100);
    ASSERT_TRUE(rig.delivered(clients[i]));
  }
  rig.stop();
  for (const auto& client : clients) {
    EXPECT_EQ(client.log->closes, 1);
    EXPECT_TRUE(client.log->destroyed);
    EXPECT_TRUE(rig.was_canceled(client)) << rig.close_error(client).message();
  }
}

TEST_P(LifecycleTest, StopsBeforeANewConnectionWasLookedAt) {
  for (int round = 0; round < 20; ++round) {
    Rig rig(engine(), settings());
    rig.start();
    const Client client = rig.connect();
    rig.stop();
    EXPECT_EQ(client.log->closes, 1);
    EXPECT_TRUE(rig.was_canceled(client)) << rig.close_error(client).message();
  }
}

TEST_P(LifecycleTest, StopTwiceIsStopOnce) {
  Rig rig(engine(), settings());
  rig.start();
  const Client client = rig.connect();
  rig.stop();
  const EngineCounters first = rig.engine().counters();
  rig.stop();
  EXPECT_EQ(client.log->closes, 1);
  EXPECT_EQ(rig.engine().counters().receive_calls, first.receive_calls);
}

TEST_P(LifecycleTest, AddAfterStopIsRefused) {
  Rig rig(engine(), settings());
  rig.start();
  rig.stop();
  EXPECT_THROW(rig.connect(), std::system_error);
}

// Waits: a thread that the kernel has made for the engine ends soon after what it was made for.
bool thread_count_falls_to(std::optional<std::uint64_t> threads) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (thread_count() > threads && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return thread_count() <= threads;
}

TEST_P(LifecycleTest, FailedStartLeavesNothing) {
  constexpr int no_such_cpu = 100'000;
  EngineSettings impossible = settings();
  impossible.cpus = {no_such_cpu};
  const auto threads_before = thread_count();
  Recorder recorder;
  const auto failing = engine().create(impossible);
  EXPECT_THROW(failing->start(recorder), std::system_error);
  EXPECT_TRUE(thread_count_falls_to(threads_before))
      << *thread_count() << " threads, before " << *threads_before;
  failing->stop();
}

TEST_P(LifecycleTest, RunsPinned) {
  EngineSettings pinned = settings();
  pinned.cpus = {allowed_cpus().front()};
  Rig rig(engine(), pinned);
  rig.start();
  Client client = rig.connect();
  client.send(100);
  EXPECT_TRUE(rig.delivered(client));
}

// One whole life of an engine: two connections, one closed by its peer, one still open at the end.
void live_once(const EngineDescriptor& engine, const EngineSettings& settings) {
  Rig rig(engine, settings);
  rig.start();
  Client leaves = rig.connect();
  Client stays = rig.connect();
  leaves.send(100);
  stays.send(100);
  ASSERT_TRUE(rig.delivered(leaves));
  ASSERT_TRUE(rig.delivered(stays));
  leaves.close();
  ASSERT_TRUE(rig.closed(leaves));
  rig.stop();
}

TEST_P(LifecycleTest, HundredLivesLeaveNoHandleThreadOrMemoryBehind) {
  // What a leak would cost is made larger than what a heap may wander: a buffer of 64 KiB lost in each life
  // is 6.4 MB.
  constexpr int lives = 100;
  constexpr std::uint64_t memory_allowance = 3 * 1024 * 1024;
  // Windows' own pool threads and their handles come and go.
  constexpr std::uint64_t system_allowance = 4;
  EngineSettings large = settings();
  large.buffer_bytes = 64 * 1024;
  // The first ones fill caches: of the heap, of thread stacks, of the socket provider.
  for (int i = 0; i < 5; ++i) ASSERT_NO_FATAL_FAILURE(live_once(engine(), large));
  const auto handles = open_handle_count();
  const auto threads = thread_count();
  const auto memory = process_cost().resident_bytes;
  for (int i = 0; i < lives; ++i) ASSERT_NO_FATAL_FAILURE(live_once(engine(), large));
  std::string unseen;
  if (handles) {
    EXPECT_LE(open_handle_count().value_or(lives), *handles + system_allowance);
  } else {
    unseen += " handles";
  }
  if (threads) {
    EXPECT_LE(thread_count().value_or(lives), *threads + system_allowance);
  } else {
    unseen += " threads";
  }
  if constexpr (sanitized) {
    unseen += " memory (a sanitizer keeps what is freed)";
  } else if (memory) {
    EXPECT_LE(process_cost().resident_bytes.value_or(0), *memory + memory_allowance);
  } else {
    unseen += " memory";
  }
  if (!unseen.empty()) GTEST_SKIP() << "the lives went well; the system does not tell of:" << unseen;
}

}  // namespace
}  // namespace recvbench
