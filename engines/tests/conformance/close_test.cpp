// How connections end: gracefully, half, by a reset, on the sink's wish; each time with one on_close and its
// reason.
#include "engines/tests/conformance/engine_test.h"

#include "engines/tests/conformance/pattern.h"

namespace recvbench {
namespace {

using CloseTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Engines, CloseTest, ::testing::ValuesIn(socket_engines()), print_case);
INSTANTIATE_TEST_SUITE_P(Mechanisms, CloseTest, ::testing::ValuesIn(socket_engines_with_each_mechanism()),
                         print_case);

TEST_P(CloseTest, GracefulCloseIsNoError) {
  Rig rig(engine(), settings());
  rig.start();
  Client spoke = rig.connect();
  Client silent = rig.connect();
  spoke.send(1000);
  spoke.close();
  silent.close();
  for (const Client* client : {&spoke, &silent}) {
    ASSERT_TRUE(rig.closed(*client));
    EXPECT_FALSE(rig.close_error(*client)) << rig.close_error(*client).message();
  }
  EXPECT_EQ(spoke.log->received, 1000u);
  EXPECT_EQ(silent.log->calls, 0u);
}

TEST_P(CloseTest, ClosingTheSocketFollowsOnClose) {
  Rig rig(engine(), settings());
  rig.start();
  Client client = rig.connect();
  shutdown_send(client.socket);
  EXPECT_TRUE(rig.closed(client));
  EXPECT_TRUE(client.sees_close());
}

TEST_P(CloseTest, HalfClosedPeerStillGetsItsReply) {
  constexpr std::size_t size = 10'000;
  Rig rig(engine(), settings());
  rig.start();
  std::uint64_t arrived = 0;
  Client client = rig.connect([&arrived](Connection& connection, std::span<const std::byte> bytes) {
    arrived += bytes.size();
    if (arrived < size) return true;
    // Everything is here, and so may be the peer's end of stream: the way back is open all the same.
    const auto reply = pattern_bytes(7, 0, size);
    return !send_all(connection.native(), reply, patience).error;
  });
  client.send(size);
  shutdown_send(client.socket);
  EXPECT_EQ(client.receive(size), pattern_bytes(7, 0, size));
  ASSERT_TRUE(rig.closed(client));
  EXPECT_FALSE(rig.close_error(client)) << rig.close_error(client).message();
}

TEST_P(CloseTest, ResetInMidMessageIsReportedAfterTheBytesBeforeIt) {
  Rig rig(engine(), settings());
  rig.start();
  Client client = rig.connect();
  Client bystander = rig.connect();
  client.send(1000);
  ASSERT_TRUE(rig.delivered(client));
  client.abort();
  ASSERT_TRUE(rig.closed(client));
  EXPECT_TRUE(rig.was_reset(client)) << rig.close_error(client).message();
  EXPECT_EQ(client.log->received, 1000u);
  bystander.send(100);
  EXPECT_TRUE(rig.delivered(bystander));
}

TEST_P(CloseTest, SinkClosesAConnectionAndTheOthersGoOn) {
  Rig rig(engine(), settings());
  rig.start();
  Client before = rig.connect();
  Client refused = rig.connect([](Connection&, std::span<const std::byte>) { return false; });
  Client after = rig.connect();
  refused.send(200);
  ASSERT_TRUE(rig.closed(refused));
  EXPECT_FALSE(rig.close_error(refused)) << rig.close_error(refused).message();
  EXPECT_EQ(refused.log->calls, 1u);
  EXPECT_TRUE(refused.sees_close());
  for (Client* client : {&before, &after}) {
    client->send(300);
    EXPECT_TRUE(rig.delivered(*client));
  }
}

// More is on its way, or already in further receives in flight, when the sink has had enough.
TEST_P(CloseTest, NothingIsDeliveredOnceTheSinkHasRefused) {
  EngineSettings small = settings();
  small.buffer_bytes = 64;
  Rig rig(engine(), small);
  rig.start();
  std::vector<Client> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(rig.connect([](Connection&, std::span<const std::byte>) { return false; }));
    clients.back().send(4000);
  }
  for (const auto& client : clients) {
    ASSERT_TRUE(rig.closed(client));
    EXPECT_EQ(client.log->calls, 1u);
    EXPECT_LE(client.log->received, 64u);
  }
}

}  // namespace
}  // namespace recvbench
