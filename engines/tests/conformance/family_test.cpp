// Both versions of IP: whom an engine hears and answers does not depend on the family of his address.
#include "engines/tests/conformance/engine_test.h"

#include "engines/tests/conformance/pattern.h"

namespace recvbench {
namespace {

// A listener on ::, and pairs that were connected to it over either family. IPv4 peers have mapped addresses.
class DualStackPairs {
 public:
  explicit DualStackPairs(const SocketOptions& options)
      : listener_(listen_tcp(Address::any(AddressFamily::ipv6), 8, options)) {}

  SocketPair next(AddressFamily family) const {
    SocketPair pair;
    pair.connected = connect_tcp(Address::loopback(family, local_address(listener_).port()), patience);
    std::error_code error;
    pair.accepted = accept_tcp(listener_, error);
    if (error) throw_error(error, "accept", local_address(listener_).to_string());
    return pair;
  }

 private:
  const Socket listener_;
};

class FamilyTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, FamilyTest, ::testing::ValuesIn(socket_engines()), print_case);
INSTANTIATE_TEST_SUITE_P(Mechanisms, FamilyTest, ::testing::ValuesIn(socket_engines_with_each_mechanism()),
                         print_case);

TEST_P(FamilyTest, ServesBothBehindOneListener) {
  Rig rig(engine(), settings());
  rig.start();
  const DualStackPairs pairs(rig.socket_options());
  const auto echo = [](Connection& connection, std::span<const std::byte> bytes) {
    return !send_all(connection.native(), bytes, patience).error;
  };
  std::vector<Client> clients;
  for (const AddressFamily family : {AddressFamily::ipv4, AddressFamily::ipv6}) {
    for (int i = 0; i < 2; ++i) clients.push_back(rig.add(pairs.next(family), echo));
  }
  for (int round = 0; round < 3; ++round) {
    for (Client& client : clients) {
      const std::uint64_t before = client.sent;
      client.send(1'000);
      EXPECT_EQ(client.receive(1'000), pattern_bytes(client.log->id, before, 1'000));
    }
  }
  for (Client& client : clients) client.close();
  for (Client& client : clients) EXPECT_TRUE(rig.closed(client));
}

}  // namespace
}  // namespace recvbench
