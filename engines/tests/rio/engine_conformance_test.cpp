// The engine contract in every mode of the RIO engine, with threads and receives enough that completions of
// one connection meet. (The conformance suite runs every engine with its defaults, and delivery with each of
// its settings.)
#include <atomic>
#include <thread>

#include "engines/catalog.h"
#include "engines/tests/conformance/pattern.h"
#include "engines/tests/conformance/rig.h"
#include "engines/tests/conformance/watchdog.h"
#include "engines/tests/rio/engine_variants.h"

namespace recvbench {
namespace {

class RioEngineConformance : public testing::TestWithParam<RioVariant> {
 protected:
  void SetUp() override {
    ASSERT_NE(engine_, nullptr);
    watchdog_.emplace(testing::UnitTest::GetInstance()->current_test_info()->name(),
                      std::chrono::seconds(150));
  }

  const EngineDescriptor& engine() const { return *engine_; }
  EngineSettings settings() const {
    EngineSettings settings = GetParam().settings();
    settings.threads = 3;
    settings.receives_in_flight = 4;
    settings.buffer_bytes = 512;
    return settings;
  }

 private:
  NetworkSession session_;
  const EngineDescriptor* const engine_ = find_engine("rio");
  std::optional<Watchdog> watchdog_;
};
RECVBENCH_RIO_VARIANTS(RioEngineConformance, any_variant);

TEST_P(RioEngineConformance, EveryByteArrivesInOrder) {
  for (std::uint64_t commit = rio_commit.least; commit <= rio_commit.most; ++commit) {
    EngineSettings set = settings();
    set.set(rio_commit, commit);
    Rig rig(engine(), set);
    rig.start();
    std::vector<Client> clients;
    for (int i = 0; i < 5; ++i) clients.push_back(rig.connect());
    for (std::uint32_t round = 0; round < 4; ++round) {
      for (auto& client : clients) client.send_in_pieces(20'000, 3000, round);
    }
    for (auto& client : clients) ASSERT_TRUE(rig.delivered(client)) << rio_commit_names[commit];
  }
}

TEST_P(RioEngineConformance, RepliesGoOutFromTheCallback) {
  Rig rig(engine(), settings());
  rig.start();
  Client client = rig.connect([](Connection& connection, std::span<const std::byte> bytes) {
    return !send_all(connection.native(), bytes, patience).error;
  });
  for (int i = 0; i < 50; ++i) {
    const auto before = client.sent;
    client.send(700);
    ASSERT_EQ(client.receive(700), pattern_bytes(client.log->id, before, 700));
  }
}

TEST_P(RioEngineConformance, ConnectionsEndEachInTheirWay) {
  Rig rig(engine(), settings());
  rig.start();
  Client leaves = rig.connect();
  Client resets = rig.connect();
  Client refused = rig.connect([](Connection&, std::span<const std::byte>) { return false; });
  Client stays = rig.connect();
  for (Client* const client : {&leaves, &resets, &stays}) client->send(2000);
  for (Client* const client : {&leaves, &resets, &stays}) ASSERT_TRUE(rig.delivered(*client));
  leaves.close();
  ASSERT_TRUE(rig.closed(leaves));
  EXPECT_FALSE(rig.close_error(leaves)) << rig.close_error(leaves).message();
  resets.abort();
  ASSERT_TRUE(rig.closed(resets));
  EXPECT_TRUE(rig.was_reset(resets)) << rig.close_error(resets).message();
  refused.try_send(2000);
  ASSERT_TRUE(rig.closed(refused));
  EXPECT_TRUE(refused.sees_close());
  rig.stop();
  EXPECT_TRUE(rig.was_canceled(stays)) << rig.close_error(stays).message();
}

TEST_P(RioEngineConformance, ConnectionsComeAndGoUnderLoad) {
  Rig rig(engine(), settings());
  rig.start();
  std::atomic<bool> enough{false};
  std::thread load([&] {
    std::vector<Client> steady;
    for (int i = 0; i < 3; ++i) steady.push_back(rig.connect());
    while (!enough) {
      for (auto& client : steady) client.send(1000);
      for (auto& client : steady) EXPECT_TRUE(rig.delivered(client));
    }
  });
  for (int i = 0; i < 60; ++i) {
    Client client = rig.connect();
    client.send(1500);
    if (i % 3 == 0) {
      client.abort();
    } else {
      EXPECT_TRUE(rig.delivered(client));
      client.close();
    }
    EXPECT_TRUE(rig.closed(client));
  }
  enough = true;
  load.join();
}

TEST_P(RioEngineConformance, StopsUnderLoadAndStartsAgain) {
  for (int life = 0; life < 10; ++life) {
    Rig rig(engine(), settings());
    rig.start();
    std::vector<Client> clients;
    for (int i = 0; i < 4; ++i) clients.push_back(rig.connect());
    std::thread load([&] {
      for (int i = 0; i < 50; ++i) {
        for (auto& client : clients) {
          if (!client.try_send(500)) return;
        }
      }
    });
    if (life % 2 == 0) {
      EXPECT_TRUE(rig.delivered(clients[0], 500));
    }
    rig.stop();
    load.join();
    for (const auto& client : clients) EXPECT_TRUE(rig.was_canceled(client));
  }
}

TEST_P(RioEngineConformance, TwoHundredConnections) {
  Rig rig(engine(), settings());
  rig.start();
  std::vector<Client> clients;
  for (int i = 0; i < 200; ++i) clients.push_back(rig.connect());
  for (auto& client : clients) client.send(1000);
  for (auto& client : clients) ASSERT_TRUE(rig.delivered(client));
  for (std::size_t i = 0; i < clients.size(); i += 2) clients[i].close();
  for (std::size_t i = 0; i < clients.size(); i += 2) ASSERT_TRUE(rig.closed(clients[i]));
  for (std::size_t i = 1; i < clients.size(); i += 2) clients[i].send(100);
  for (std::size_t i = 1; i < clients.size(); i += 2) ASSERT_TRUE(rig.delivered(clients[i]));
}

TEST_P(RioEngineConformance, CountsWhatItDid) {
  Rig rig(engine(), settings());
  rig.start();
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(rig.connect());
  for (int round = 0; round < 20; ++round) {
    for (auto& client : clients) client.send(100);
  }
  for (auto& client : clients) ASSERT_TRUE(rig.delivered(client));
  rig.stop();
  const EngineCounters counters = rig.engine().counters();
  EXPECT_EQ(counters.completions, rig.recorder().receive_calls());
  EXPECT_GE(counters.receive_calls, counters.completions);
  EXPECT_LE(counters.wakeups, counters.wait_calls);
  EXPECT_GT(counters.completions_per_wakeup_min, 0u);
  EXPECT_LE(counters.completions_per_wakeup_max, counters.completions);
}

}  // namespace
}  // namespace recvbench
