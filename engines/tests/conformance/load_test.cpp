// Connections that come, speak and go from several threads at once, and an engine that is stopped in the
// midst of it.
#include "engines/tests/conformance/engine_test.h"

#include <atomic>
#include <thread>

namespace recvbench {
namespace {

constexpr std::uint32_t client_threads = 4;

using LoadTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Engines, LoadTest, ::testing::ValuesIn(socket_engines()), print_case);
INSTANTIATE_TEST_SUITE_P(Mechanisms, LoadTest, ::testing::ValuesIn(socket_engines_with_each_mechanism()),
                         print_case);

// One connection's life: says something and leaves, politely or not.
void come_and_go(Rig& rig, std::uint32_t seed) {
  Client client = rig.connect();
  client.send_in_pieces(1 + (seed * 7919) % 9000, 1500, seed);
  EXPECT_TRUE(rig.delivered(client));
  const bool reset = seed % 3 == 0;
  if (reset) {
    client.abort();
  } else {
    client.close();
  }
  EXPECT_TRUE(rig.closed(client));
  if (reset) {
    EXPECT_TRUE(rig.was_reset(client)) << rig.close_error(client).message();
  } else {
    EXPECT_FALSE(rig.close_error(client)) << rig.close_error(client).message();
  }
  EXPECT_EQ(rig.recorder().locked([&] { return client.log->received; }), client.sent);
}

TEST_P(LoadTest, ConnectionsComeAndGoWhileOthersSpeak) {
  constexpr std::uint32_t lives_per_thread = 40;
  Rig rig(engine(), settings());
  rig.start();
  Client steady = rig.connect();
  std::atomic<bool> done{false};
  std::thread speaker([&] {
    while (!done) {
      steady.send(700);
      EXPECT_TRUE(rig.delivered(steady));
    }
  });
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < client_threads; ++t) {
    threads.emplace_back([&rig, t] {
      for (std::uint32_t i = 0; i < lives_per_thread; ++i) come_and_go(rig, t * lives_per_thread + i);
    });
  }
  for (auto& thread : threads) thread.join();
  done = true;
  speaker.join();
  EXPECT_GT(steady.sent, 0u);
  // Threads must follow the connections held at one time, not those ever seen.
  EXPECT_LE(rig.recorder().threads(), 2 * client_threads + 1);
}

TEST_P(LoadTest, StopsInTheMidstOfTraffic) {
  Rig rig(engine(), settings());
  rig.start();
  std::vector<Client> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(rig.connect());
  std::atomic<bool> done{false};
  std::vector<std::thread> speakers;
  for (auto& client : clients) {
    speakers.emplace_back([&client, &done] {
      while (!done && client.try_send(300)) {
      }
    });
  }
  for (const auto& client : clients) EXPECT_TRUE(rig.delivered(client, 3000));
  rig.stop();
  done = true;
  for (auto& speaker : speakers) speaker.join();
  for (const auto& client : clients) {
    EXPECT_EQ(client.log->closes, 1);
    EXPECT_TRUE(rig.was_canceled(client)) << rig.close_error(client).message();
  }
}

}  // namespace
}  // namespace recvbench
