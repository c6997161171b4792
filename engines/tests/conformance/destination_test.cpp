// Where a datagram was sent to: what recvmsg and WSARecvMsg say beside the source.
#include <algorithm>
#include <string>
#include <vector>

#include "engines/tests/conformance/engine_test.h"
#include "engines/tests/conformance/pattern.h"
#include "platform/datagram.h"

namespace recvbench {
namespace {

class DestinationTest : public EngineTest {
 protected:
  struct Arrived {
    std::size_t bytes = 0;
    bool truncated = false;
    std::string destination;  // empty = none was named
  };

  // A datagram socket of the engine at `place`.
  void open(const Address& place, const EngineSettings& with) {
    rig_.emplace(engine(), with);
    rig_->start();
    Socket bound = bind_udp(place, rig_->socket_options());
    port_ = local_address(bound).port();
    log_ = rig_->add_datagrams(std::move(bound), [this](Connection&, const Datagram& datagram) {
      last_ = {datagram.bytes.size(), datagram.truncated, {}};
      if (datagram.destination.empty()) return true;
      const Address at = Address::from_native(datagram.destination.data(), datagram.destination.size());
      EXPECT_EQ(at.port(), 0u);
      last_.destination = at.host();
      return true;
    });
  }

  // What comes of a datagram to `host`, of as many bytes.
  Arrived send_to(const char* host, std::size_t size = 100) {
    const Socket sender = connect_udp(Address::resolve(host, port_));
    EXPECT_FALSE(send_all(sender.native(), pattern_bytes(1, 0, size), patience).error);
    ++sent_;
    EXPECT_TRUE(rig_->recorder().wait_until([&] { return log_->datagrams.size() >= sent_; }));
    return rig_->recorder().locked([&] { return last_; });
  }

  void TearDown() override {
    rig_.reset();
    EngineTest::TearDown();
  }

 private:
  std::optional<Rig> rig_;
  std::uint16_t port_ = 0;
  std::shared_ptr<const ConnectionLog> log_;
  std::size_t sent_ = 0;
  Arrived last_;  // written before the recorder logs the datagram, read after
};
INSTANTIATE_TEST_SUITE_P(Engines, DestinationTest,
                         ::testing::ValuesIn(socket_engines_that_can("datagram-call", "recvmsg")),
                         print_case);

TEST_P(DestinationTest, IsTheAddressThatWasSentTo) {
  open(Address::any(AddressFamily::ipv4), settings());
  for (const char* host : {"127.0.0.1", "127.0.0.2", "127.0.0.1"}) {
    EXPECT_EQ(send_to(host).destination, host);
  }
}

TEST_P(DestinationTest, IsNamedOnASocketOfBothFamilies) {
  try {
    bind_udp(Address::loopback(AddressFamily::ipv6));
  } catch (const std::system_error& error) {
    GTEST_SKIP() << "no IPv6 on this machine: " << error.what();
  }
  open(Address::any(AddressFamily::ipv6), settings());
  EXPECT_EQ(send_to("::1").destination, "::1");
  // As an IPv4 address, or as IPv6 writes it.
  const std::string mapped = send_to("127.0.0.2").destination;
  EXPECT_TRUE(mapped == "127.0.0.2" || mapped == "::ffff:127.0.0.2") << mapped;
  EXPECT_EQ(send_to("::1").destination, "::1");
}

TEST_P(DestinationTest, IsRightOrMissingWhereADatagramIsCutOff) {
  open(Address::any(AddressFamily::ipv4), settings());
  const std::size_t room = settings().buffer_bytes;
  for (const std::size_t size : {room, room + 1, room}) {
    const Arrived arrived = send_to("127.0.0.2", size);
    EXPECT_EQ(arrived.bytes, room);
    EXPECT_EQ(arrived.truncated, size > room);
    if (!arrived.truncated || !arrived.destination.empty()) {
      EXPECT_EQ(arrived.destination, "127.0.0.2");
    }
  }
}

TEST_P(DestinationTest, IsNotNamedByRecvfrom) {
  EngineSettings defaults = settings();
  const Setting& call = *engine().find_setting("datagram-call");
  defaults.set(call, call.initial);
  open(Address::any(AddressFamily::ipv4), defaults);
  EXPECT_EQ(send_to("127.0.0.1").destination, "");
}

}  // namespace
}  // namespace recvbench
