// Many connections: a thousand, or as many as the engine says it can hold; and one more than that.
#include "engines/tests/conformance/engine_test.h"

#include <algorithm>

#include "platform/system_info.h"

namespace recvbench {
namespace {

constexpr std::uint64_t many = 1000;

class LimitsTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    open_files_ = raise_open_file_limit();
  }

  EngineSettings small_buffers() const {
    EngineSettings small = settings();
    small.buffer_bytes = 1024;
    return small;
  }

  // Three descriptors a connection: both ends, and a placeholder.
  bool enough_files_for(std::uint64_t connections) const {
    return open_files_ == 0 || open_files_ >= 3 * connections + 64;
  }

 private:
  std::uint64_t open_files_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Engines, LimitsTest, ::testing::ValuesIn(socket_engines()), print_case);
INSTANTIATE_TEST_SUITE_P(Mechanisms, LimitsTest, ::testing::ValuesIn(socket_engines_with_each_mechanism()),
                         print_case);

// Connected pairs whose accepted side gets a low descriptor number, as it would with the peers in another
// process: a limit may be on the number (select on Linux). Placeholders keep the low numbers from the
// connecting side.
class LowNumberedPairs {
 public:
  LowNumberedPairs(std::uint64_t count, const SocketOptions& options)
      : listener_(listen_tcp(Address::loopback(AddressFamily::ipv4), 16, options)),
        address_(local_address(listener_)) {
    for (std::uint64_t i = 0; i < count; ++i) placeholders_.push_back(open_udp(AddressFamily::ipv4));
    std::reverse(placeholders_.begin(), placeholders_.end());
  }

  SocketPair next() {
    SocketPair pair;
    pair.connected = connect_tcp(address_, patience);
    placeholders_.pop_back();
    std::error_code error;
    pair.accepted = accept_tcp(listener_, error);
    if (error) throw_error(error, "accept", address_.to_string());
    return pair;
  }

 private:
  Socket listener_;
  Address address_;
  std::vector<Socket> placeholders_;
};

TEST_P(LimitsTest, HoldsAThousandConnectionsOrItsLimit) {
  const EngineSettings small = small_buffers();
  const std::uint64_t count = std::min(many, engine().max_connections(small).value_or(many));
  if (!enough_files_for(count))
    GTEST_SKIP() << "the limit on open files is too low for " << count << " connections";
  Rig rig(engine(), small);
  rig.start();
  LowNumberedPairs pairs(count, rig.socket_options());
  std::vector<Client> clients;
  for (std::uint64_t i = 0; i < count; ++i) clients.push_back(rig.add(pairs.next()));
  for (int round = 0; round < 2; ++round) {
    for (auto& client : clients) client.send(200);
    for (auto& client : clients) ASSERT_TRUE(rig.delivered(client)) << "connection " << client.log->id;
  }
  // Every other one leaves; the rest must not notice.
  for (std::size_t i = 0; i < clients.size(); i += 2) clients[i].close();
  for (std::size_t i = 0; i < clients.size(); i += 2) ASSERT_TRUE(rig.closed(clients[i]));
  for (std::size_t i = 1; i < clients.size(); i += 2) clients[i].send(100);
  for (std::size_t i = 1; i < clients.size(); i += 2) ASSERT_TRUE(rig.delivered(clients[i]));
  rig.stop();
  for (std::size_t i = 1; i < clients.size(); i += 2) EXPECT_TRUE(rig.was_canceled(clients[i]));
}

TEST_P(LimitsTest, RefusesAConnectionPastItsLimit) {
  EngineSettings small = small_buffers();
  if (engine().has(threads_setting)) small.threads = 1;
  const auto limit = engine().max_connections(small);
  if (!limit) GTEST_SKIP() << engine().name << " has no limit of its own";
  if (*limit > many)
    GTEST_SKIP() << engine().name << "'s limit of " << *limit << " is more than this case opens";
  if (!enough_files_for(*limit + 2)) GTEST_SKIP() << "the limit on open files is too low for " << *limit;
  Rig rig(engine(), small);
  rig.start();
  LowNumberedPairs pairs(*limit + 2, rig.socket_options());
  std::vector<Client> clients;
  for (std::uint64_t i = 0; i < *limit; ++i) clients.push_back(rig.add(pairs.next()));
  try {
    rig.add(pairs.next());
    ADD_FAILURE() << "connection " << *limit + 1 << " was taken";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::too_many_files_open) << error.what();
    EXPECT_NE(std::string(error.what()).find(engine().name), std::string::npos) << error.what();
  }
  for (auto& client : clients) client.send(100);
  for (auto& client : clients) ASSERT_TRUE(rig.delivered(client)) << "connection " << client.log->id;
  // Where one has left there is room again.
  clients.back().close();
  ASSERT_TRUE(rig.closed(clients.back()));
  Client next = rig.add(pairs.next());
  next.send(100);
  EXPECT_TRUE(rig.delivered(next));
}

}  // namespace
}  // namespace recvbench
