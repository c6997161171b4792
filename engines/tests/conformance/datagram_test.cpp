// Datagram sockets: every datagram once, whole or marked as cut off, with its source; and no end that is not
// asked for.
#include "engines/tests/conformance/engine_test.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "engines/tests/conformance/pattern.h"
#include "platform/datagram.h"

namespace recvbench {
namespace {

// A smaller buffer drops what these cases send at once.
constexpr std::uint64_t least_socket_buffer = 64 * 1024;

bool takes_datagrams(const EngineCase& one) {
  const auto& settings = one.engine->settings;
  return one.engine->receives("udp") && one.settings.get(socket_buffer_setting) >= least_socket_buffer &&
         std::none_of(settings.begin(), settings.end(), [&one](const Setting& setting) {
           return setting.streams_only && one.settings.get(setting) != setting.initial;
         });
}

std::vector<EngineCase> with_datagrams(std::vector<EngineCase> cases) {
  std::erase_if(cases, [](const EngineCase& one) { return !takes_datagrams(one); });
  return cases;
}

// Few enough for any socket's buffer, which Linux charges with some 800 bytes even for a short datagram.
constexpr std::size_t in_flight = 32;

// A datagram socket of the engine, and what was sent to it. Everything that was sent is waited for before the
// socket's buffer could be full, so that nothing is lost on the way.
class Port {
 public:
  explicit Port(Rig& rig, Rig::RespondToDatagram respond = {},
                const Address& at = Address::loopback(AddressFamily::ipv4))
      : Port(rig, bind_udp(at, rig.socket_options()), std::move(respond)) {}
  // The same for a socket that is bound already.
  Port(Rig& rig, Socket bound, Rig::RespondToDatagram respond = {})
      : rig_(rig), address_(local_address(bound)), log_(rig.add_datagrams(std::move(bound), respond)) {}

  const Address& address() const { return address_; }
  const ConnectionLog& log() const { return *log_; }

  // A sender, connected over `family` for a port that hears both.
  Socket sender(AddressFamily family = AddressFamily::ipv4) const {
    return connect_udp(Address::loopback(family, address_.port()));
  }

  // The first `size` bytes of the sender's own pattern.
  void send(const Socket& from, std::size_t size) {
    const auto bytes = pattern_bytes(local_address(from).port(), 0, size);
    EXPECT_FALSE(send_all(from.native(), bytes, patience).error);
    ++sent_;
  }
  // Zero bytes, which send_all would not send.
  void send_nothing(const Socket& from) {
    EXPECT_FALSE(send_some(from.native(), {}).error);
    ++sent_;
  }

  bool delivered() {
    return rig_.recorder().wait_until([&] { return log_->datagrams.size() >= sent_; });
  }
  // What the last delivery brought is these bytes of the sender's pattern.
  void expect_last(const Socket& from, std::size_t size, bool truncated) {
    const LoggedDatagram last = rig_.recorder().locked([&] { return log_->datagrams.back(); });
    EXPECT_EQ(last.bytes.size(), size);
    EXPECT_TRUE(last.bytes == pattern_bytes(local_address(from).port(), 0, size)) << "the wrong bytes";
    EXPECT_EQ(last.truncated, truncated);
    EXPECT_EQ(last.source.port(), local_address(from).port());
    EXPECT_TRUE(last.source.is_loopback()) << last.source.to_string();
  }
  // The next answer to this sender is the first `size` bytes of his pattern.
  static void expect_reply(const Socket& to, std::size_t size) {
    std::vector<std::byte> reply(size + 1);
    ASSERT_TRUE(wait_readable(to.native(), patience));
    reply.resize(receive_some(to.native(), reply).bytes);
    EXPECT_EQ(reply, pattern_bytes(local_address(to).port(), 0, size));
  }
  bool is_open() {
    return rig_.recorder().locked([&] { return log_->closes == 0; });
  }

 private:
  Rig& rig_;
  const Address address_;
  const std::shared_ptr<const ConnectionLog> log_;
  std::size_t sent_ = 0;
};

// Answers by the source as the engine delivers it.
bool send_back(Connection& connection, const Datagram& datagram) {
  return !send_datagram(connection.native(), datagram.bytes, datagram.source, patience);
}

using DatagramDeliveryTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Settings, DatagramDeliveryTest,
                         ::testing::ValuesIn(with_datagrams(socket_engines_with_all_settings())), print_case);

TEST_P(DatagramDeliveryTest, DeliversEachDatagramAsItIs) {
  Rig rig(engine(), settings());
  rig.start();
  Port port(rig);
  const Socket sender = port.sender();
  const std::size_t room = settings().buffer_bytes;
  for (const std::size_t size : {1u, 511u, 512u, 513u, 1'472u, 9'000u, 65'507u}) {
    port.send(sender, size);
    ASSERT_TRUE(port.delivered()) << "a datagram of " << size << " bytes";
    port.expect_last(sender, std::min(size, room), size > room);
  }
}

TEST_P(DatagramDeliveryTest, DeliversEachOfManyOnce) {
  Rig rig(engine(), settings());
  rig.start();
  Port port(rig);
  const Socket sender = port.sender();
  for (int round = 0; round < 8; ++round) {
    for (std::size_t i = 1; i <= in_flight; ++i) port.send(sender, i);
    ASSERT_TRUE(port.delivered());
  }
  rig.stop();
  ASSERT_EQ(port.log().datagrams.size(), 8 * in_flight);
  for (std::size_t i = 0; i < port.log().datagrams.size(); ++i) {
    EXPECT_EQ(port.log().datagrams[i].bytes.size(), std::min(1 + i % in_flight, settings().buffer_bytes))
        << "in the order in which they came";
  }
}

TEST_P(DatagramDeliveryTest, DeliversWhatWasThereBeforeTheEngine) {
  Rig rig(engine(), settings());
  rig.start();
  Socket bound = bind_udp(Address::loopback(AddressFamily::ipv4), rig.socket_options());
  const Socket sender = connect_udp(local_address(bound));
  const std::vector<std::byte> large(settings().buffer_bytes + 1);
  const bool can_be_too_large = large.size() <= most_datagram_bytes;
  const std::vector<std::byte> small(std::min<std::size_t>(7, settings().buffer_bytes));
  for (int i = 0; i < 3; ++i) {
    if (can_be_too_large) {
      EXPECT_FALSE(send_all(sender.native(), large, patience).error);
    }
    EXPECT_FALSE(send_all(sender.native(), small, patience).error);
  }
  const std::size_t count = can_be_too_large ? 6 : 3;
  Port port(rig, std::move(bound));
  ASSERT_TRUE(rig.recorder().wait_until([&] { return port.log().datagrams.size() >= count; }));
  rig.stop();
  ASSERT_EQ(port.log().datagrams.size(), count);
  for (std::size_t i = 0; i < count; ++i) {
    const bool truncated = can_be_too_large && i % 2 == 0;
    EXPECT_EQ(port.log().datagrams[i].truncated, truncated);
    EXPECT_EQ(port.log().datagrams[i].bytes.size(), truncated ? settings().buffer_bytes : small.size());
  }
}

using DatagramTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Engines, DatagramTest, ::testing::ValuesIn(with_datagrams(socket_engines())),
                         print_case);
INSTANTIATE_TEST_SUITE_P(Mechanisms, DatagramTest,
                         ::testing::ValuesIn(with_datagrams(socket_engines_with_each_mechanism())),
                         print_case);

TEST_P(DatagramTest, ZeroBytesAreDeliveredAndNoEnd) {
  Rig rig(engine(), settings());
  rig.start();
  Port port(rig);
  const Socket sender = port.sender();
  for (int i = 0; i < 5; ++i) {
    port.send_nothing(sender);
    ASSERT_TRUE(port.delivered());
    port.expect_last(sender, 0, false);
  }
  port.send(sender, 10);
  ASSERT_TRUE(port.delivered());
  port.expect_last(sender, 10, false);
  EXPECT_TRUE(port.is_open());
}

TEST_P(DatagramTest, TellsItsSendersApartAndReachesThem) {
  Rig rig(engine(), settings());
  rig.start();
  Port port(rig, send_back);
  std::vector<Socket> senders;
  for (int i = 0; i < 5; ++i) senders.push_back(port.sender());
  for (std::size_t round = 1; round <= 4; ++round) {
    for (const Socket& sender : senders) {
      port.send(sender, 100 * round);
      ASSERT_TRUE(port.delivered());
      port.expect_last(sender, 100 * round, false);
    }
    for (const Socket& sender : senders) port.expect_reply(sender, 100 * round);
  }
}

TEST_P(DatagramTest, HearsAndAnswersBothFamiliesOnOneSocket) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  Rig rig(engine(), settings());
  rig.start();
  Port port(rig, send_back, Address::any(AddressFamily::ipv6));
  for (const AddressFamily family : {AddressFamily::ipv4, AddressFamily::ipv6, AddressFamily::ipv4}) {
    const Socket sender = port.sender(family);
    port.send(sender, 300);
    ASSERT_TRUE(port.delivered());
    port.expect_last(sender, 300, false);
    port.expect_reply(sender, 300);
  }
}

TEST_P(DatagramTest, HearsAndAnswersIPv6Alone) {
  if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
  Rig rig(engine(), settings());
  rig.start();
  SocketOptions options = rig.socket_options();
  options.ipv6_only = true;
  Port port(rig, bind_udp(Address::loopback(AddressFamily::ipv6), options), send_back);
  const Socket sender = port.sender(AddressFamily::ipv6);
  port.send(sender, 300);
  ASSERT_TRUE(port.delivered());
  port.expect_last(sender, 300, false);
  port.expect_reply(sender, 300);
}

TEST_P(DatagramTest, RepliesToNobodyDoNotEndIt) {
  Socket gone = bind_udp(Address::loopback(AddressFamily::ipv4));
  const Address nobody = local_address(gone);
  gone.close();
  Rig rig(engine(), settings());
  rig.start();
  Port port(rig, [&nobody](Connection& connection, const Datagram& datagram) {
    const auto to = std::span(static_cast<const std::byte*>(nobody.data()), nobody.size());
    EXPECT_FALSE(send_datagram(connection.native(), datagram.bytes, to, patience));
    return true;
  });
  const Socket sender = port.sender();
  for (int i = 0; i < 20; ++i) {
    port.send(sender, 10);
    ASSERT_TRUE(port.delivered());
  }
  EXPECT_TRUE(port.is_open());
}

TEST_P(DatagramTest, TheSinkClosesOneAndTheOthersGoOn) {
  Rig rig(engine(), settings());
  rig.start();
  Port before(rig);
  Port refused(rig, [](Connection&, const Datagram&) { return false; });
  Port after(rig);
  const Socket sender = refused.sender();
  // The later ones may find the socket closed, and be told so.
  for (int i = 0; i < 5; ++i) (void)send_some(sender.native(), pattern_bytes(1, 0, 10));
  ASSERT_TRUE(rig.closed(refused.log()));
  EXPECT_FALSE(refused.log().error) << refused.log().error.message();
  EXPECT_EQ(refused.log().calls, 1u) << "nothing is delivered once the sink has refused";
  for (Port* port : {&before, &after}) {
    const Socket other = port->sender();
    port->send(other, 10);
    EXPECT_TRUE(port->delivered());
  }
}

TEST_P(DatagramTest, StreamsAndDatagramsLiveSideBySide) {
  Rig rig(engine(), settings());
  rig.start();
  Port port(rig);
  Client client = rig.connect();
  const Socket sender = port.sender();
  for (int i = 0; i < 10; ++i) {
    client.send(1000);
    port.send(sender, 1000);
    ASSERT_TRUE(rig.delivered(client));
    ASSERT_TRUE(port.delivered());
  }
  client.close();
  ASSERT_TRUE(rig.closed(client));
  port.send(sender, 10);
  EXPECT_TRUE(port.delivered());
  EXPECT_TRUE(port.is_open());
}

TEST_P(DatagramTest, StopCancelsPendingReceives) {
  Rig rig(engine(), settings());
  rig.start();
  std::vector<std::unique_ptr<Port>> ports;
  for (int i = 0; i < 6; ++i) ports.push_back(std::make_unique<Port>(rig));
  for (std::size_t i = 0; i < ports.size(); i += 2) {
    const Socket sender = ports[i]->sender();
    ports[i]->send(sender, 100);
    ASSERT_TRUE(ports[i]->delivered());
  }
  rig.stop();
  for (const auto& port : ports) {
    EXPECT_EQ(port->log().closes, 1);
    EXPECT_TRUE(port->log().destroyed);
    EXPECT_EQ(port->log().error, canceled_error()) << port->log().error.message();
  }
}

TEST_P(DatagramTest, StopsInTheMidstOfTraffic) {
  Rig rig(engine(), settings());
  rig.start();
  std::vector<std::unique_ptr<Port>> ports;
  for (int i = 0; i < 4; ++i) ports.push_back(std::make_unique<Port>(rig));
  std::atomic<bool> done{false};
  std::vector<std::thread> speakers;
  for (const auto& port : ports) {
    speakers.emplace_back([sender = port->sender(), &done] {
      // Once the engine's socket is closed there is nobody, and a send may say so.
      while (!done) (void)send_some(sender.native(), pattern_bytes(1, 0, 300));
    });
  }
  for (const auto& port : ports) {
    EXPECT_TRUE(rig.recorder().wait_until([&] { return port->log().calls >= 20; }));
  }
  rig.stop();
  done = true;
  for (auto& speaker : speakers) speaker.join();
  for (const auto& port : ports) EXPECT_EQ(port->log().error, canceled_error());
}

TEST_P(DatagramTest, SocketsComeAndGoUnderLoad) {
  constexpr int threads = 3;
  constexpr int lives = 20;
  Rig rig(engine(), settings());
  rig.start();
  std::atomic<bool> done{false};
  std::thread speaker([&] {
    Port steady(rig);
    const Socket sender = steady.sender();
    while (!done) {
      steady.send(sender, 700);
      EXPECT_TRUE(steady.delivered());
    }
  });
  std::vector<std::thread> others;
  for (int t = 0; t < threads; ++t) {
    others.emplace_back([&rig] {
      for (int i = 0; i < lives; ++i) {
        Port port(rig, [](Connection&, const Datagram& datagram) { return !datagram.bytes.empty(); });
        const Socket sender = port.sender();
        for (int n = 0; n < 5; ++n) port.send(sender, 100);
        EXPECT_TRUE(port.delivered());
        port.send_nothing(sender);
        EXPECT_TRUE(rig.closed(port.log()));
        EXPECT_FALSE(rig.recorder().locked([&] { return port.log().error; }));
      }
    });
  }
  for (auto& other : others) other.join();
  done = true;
  speaker.join();
}

TEST_P(DatagramTest, CountsWhatItDid) {
  Rig rig(engine(), settings());
  rig.start();
  Port port(rig);
  const Socket sender = port.sender();
  for (int i = 0; i < 20; ++i) {
    port.send(sender, 100);
    port.send_nothing(sender);
    ASSERT_TRUE(port.delivered());
  }
  rig.stop();
  const EngineCounters counters = rig.engine().counters();
  EXPECT_EQ(counters.completions, 40u);
  EXPECT_GE(counters.receive_calls, engine().repeating_receives ? 1u : counters.completions);
  EXPECT_LE(counters.wakeups, counters.wait_calls);
}

}  // namespace
}  // namespace recvbench
