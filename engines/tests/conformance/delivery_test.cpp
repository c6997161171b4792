// What arrives is what was sent: every byte, once, in order, to the right connection, whatever the sizes.
#include "engines/tests/conformance/engine_test.h"

#include <algorithm>
#include <future>

#include "engines/tests/conformance/pattern.h"
#include "platform/system_info.h"

namespace recvbench {
namespace {

bool takes_streams(const EngineCase& one) {
  const auto& settings = one.engine->settings;
  return std::none_of(settings.begin(), settings.end(), [&one](const Setting& setting) {
    return setting.datagrams_only && one.settings.get(setting) != setting.initial;
  });
}

std::vector<EngineCase> with_streams(std::vector<EngineCase> cases) {
  std::erase_if(cases, [](const EngineCase& one) { return !takes_streams(one); });
  return cases;
}

using DeliveryTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Settings, DeliveryTest,
                         ::testing::ValuesIn(with_streams(socket_engines_with_all_settings())), print_case);

TEST_P(DeliveryTest, ConservesBytesInOrder) {
  // With the smallest buffers every byte is a receive.
  const std::size_t round_bytes = std::min<std::size_t>(20'000, 100 * settings().buffer_bytes);
  Rig rig(engine(), settings());
  rig.start();
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) clients.push_back(rig.connect());
  std::uint32_t seed = 1;
  for (int round = 0; round < 8; ++round) {
    for (auto& client : clients) client.send_in_pieces(round_bytes, 6'000, seed++);
  }
  for (auto& client : clients) shutdown_send(client.socket);
  for (auto& client : clients) {
    EXPECT_TRUE(rig.closed(client)) << "connection " << client.log->id;
    EXPECT_FALSE(rig.close_error(client)) << rig.close_error(client).message();
    EXPECT_EQ(client.log->received, 8 * round_bytes);
  }
}

TEST_P(DeliveryTest, StopsInTheMidstOfIt) {
  Rig rig(engine(), settings());
  rig.start();
  std::vector<Client> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(rig.connect());
    clients.back().send(10'000);
  }
  for (const auto& client : clients) ASSERT_TRUE(rig.delivered(client, 1));
  rig.stop();
  for (const auto& client : clients) {
    EXPECT_TRUE(rig.was_canceled(client)) << rig.close_error(client).message();
  }
}

// flags=waitall: full buffers, but for the last one.
using WaitAllTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Engines, WaitAllTest,
                         ::testing::ValuesIn(socket_engines_that_can("flags", "waitall")), print_case);

TEST_P(WaitAllTest, DeliversFullBuffersOrTheEnd) {
  std::vector<std::size_t> sizes;
  Rig rig(engine(), settings());
  rig.start();
  Client client = rig.connect([&sizes](Connection&, std::span<const std::byte> bytes) {
    sizes.push_back(bytes.size());
    return true;
  });
  client.send_in_pieces(5'300, 700, 1);
  shutdown_send(client.socket);
  ASSERT_TRUE(rig.closed(client));
  EXPECT_EQ(client.log->received, 5'300u);
  if (running_under_wine()) GTEST_SKIP() << "every byte came; Wine takes no notice of MSG_WAITALL";
  EXPECT_EQ(sizes, (std::vector<std::size_t>{1000, 1000, 1000, 1000, 1000, 300}));
}

TEST_P(WaitAllTest, StopsWhileABufferIsFilling) {
  Rig rig(engine(), settings());
  rig.start();
  Client client = rig.connect();
  client.send(1'000);
  ASSERT_TRUE(rig.delivered(client));
  client.send(300);
  rig.stop();
  EXPECT_TRUE(rig.was_canceled(client)) << rig.close_error(client).message();
}

using EngineDeliveryTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Engines, EngineDeliveryTest, ::testing::ValuesIn(socket_engines()), print_case);
INSTANTIATE_TEST_SUITE_P(Mechanisms, EngineDeliveryTest,
                         ::testing::ValuesIn(socket_engines_with_each_mechanism()), print_case);

TEST_P(EngineDeliveryTest, DeliversSingleBytesAsTheyCome) {
  Rig rig(engine(), settings());
  rig.start();
  Client client = rig.connect();
  for (int i = 1; i <= 50; ++i) {
    client.send(1);
    ASSERT_TRUE(rig.delivered(client)) << "byte " << i;
  }
  EXPECT_EQ(rig.recorder().receive_calls(), 50u) << "each byte was sent after the one before it had arrived";
}

TEST_P(EngineDeliveryTest, DeliversCoalescedWritesWithoutWaitingForAFullBuffer) {
  Rig rig(engine(), settings());
  rig.start();
  Client client = rig.connect();
  for (int i = 0; i < 20; ++i) client.send(37);
  EXPECT_TRUE(rig.delivered(client));
  client.send(5 * settings().buffer_bytes + 1);
  EXPECT_TRUE(rig.delivered(client));
  EXPECT_EQ(rig.recorder().locked([&] { return client.log->closes; }), 0);
}

TEST_P(EngineDeliveryTest, EchoesAMegabyteFromInsideOnReceive) {
  constexpr std::size_t total = 1024 * 1024;
  Rig rig(engine(), settings());
  rig.start();
  Client client = rig.connect([](Connection& connection, std::span<const std::byte> bytes) {
    const IoResult result = send_all(connection.native(), bytes, patience);
    EXPECT_FALSE(result.error) << result.error.message();
    return !result.error;
  });
  // 32 KiB at a time: less than the socket buffers hold, so that neither side waits for the other for ever.
  for (std::size_t done = 0; done < total; done += 32 * 1024) {
    client.send(32 * 1024);
    ASSERT_EQ(client.receive(32 * 1024), pattern_bytes(client.log->id, done, 32 * 1024));
  }
}

TEST_P(EngineDeliveryTest, CountsWhatItDid) {
  Rig rig(engine(), settings());
  rig.start();
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(rig.connect());
  for (int round = 0; round < 20; ++round) {
    for (auto& client : clients) client.send(100);
  }
  for (auto& client : clients) EXPECT_TRUE(rig.delivered(client));
  rig.stop();
  const EngineCounters counters = rig.engine().counters();
  EXPECT_EQ(counters.completions, rig.recorder().receive_calls());
  EXPECT_GE(counters.completions, clients.size());
  EXPECT_GE(counters.receive_calls, engine().repeating_receives ? clients.size() : counters.completions);
  EXPECT_LE(counters.wakeups, counters.wait_calls);
  EXPECT_LE(counters.completions_per_wakeup_min, counters.completions_per_wakeup_max);
  EXPECT_LE(counters.completions_per_wakeup_max, counters.completions);
  EXPECT_EQ(counters.completions_per_wakeup_min > 0, counters.wakeups > 0);
}

TEST_P(EngineDeliveryTest, SilentPeersHoldNobodyUp) {
  EngineSettings one_thread = settings();
  one_thread.threads = 1;
  Rig rig(engine(), one_thread);
  rig.start();
  std::vector<Client> silent;
  std::vector<Client> speaking;
  for (int i = 0; i < 3; ++i) {
    silent.push_back(rig.connect());
    speaking.push_back(rig.connect());
  }
  for (int round = 0; round < 10; ++round) {
    for (auto& client : speaking) client.send(500);
    for (auto& client : speaking) ASSERT_TRUE(rig.delivered(client));
  }
  for (auto& client : silent) EXPECT_EQ(rig.recorder().locked([&] { return client.log->calls; }), 0u);
}

// Also where receives that succeed at once are taken on the spot.
std::vector<EngineCase> engines_that_must_be_fair() {
  auto cases = socket_engines();
  for (auto& one : socket_engines_that_can("skip-on-success", "on")) {
    one.name += "_skip_on_success";
    cases.push_back(one);
  }
  return cases;
}

using FairnessTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Engines, FairnessTest, ::testing::ValuesIn(engines_that_must_be_fair()), print_case);

TEST_P(FairnessTest, ABusyConnectionLetsTheOthersHaveTheirTurn) {
  if (!engine().has(threads_setting)) GTEST_SKIP() << "a thread for each connection: the scheduler is fair";
  EngineSettings small = settings();
  small.threads = 1;
  small.buffer_bytes = 64;
  // More receives than one request can have completed before the other connection comes: io_uring's multishot
  // ends with its 256 provided buffers.
  const std::size_t backlog = 600 * small.buffer_bytes;
  std::uint64_t busy_had = backlog;
  Rig rig(engine(), small);
  rig.start();
  SocketPair pair = connected_pair(AddressFamily::ipv4, rig.socket_options());
  constexpr std::uint32_t first_id = 1;
  ASSERT_FALSE(send_all(pair.connected.native(), pattern_bytes(first_id, 0, backlog), patience).error);
  // Its first receive lasts until the other connection is there.
  std::promise<void> both_there;
  const auto wait = both_there.get_future().share();
  Client busy = rig.add(std::move(pair), [wait](Connection&, std::span<const std::byte>) {
    wait.wait();
    return true;
  });
  ASSERT_EQ(busy.log->id, first_id);
  Client other = rig.connect([&busy_had, &rig, log = busy.log](Connection&, std::span<const std::byte>) {
    busy_had = rig.recorder().locked([&] { return log->received; });
    return true;
  });
  other.send(100);
  both_there.set_value();
  ASSERT_TRUE(rig.delivered(other));
  ASSERT_TRUE(rig.delivered(busy, backlog));
  EXPECT_LT(busy_had, backlog);
}

}  // namespace
}  // namespace recvbench
