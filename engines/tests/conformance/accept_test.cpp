// Engines that accept their connections themselves (ReceiveEngine::accept_from).
#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engines/tests/conformance/engine_test.h"
#include "engines/tests/conformance/pattern.h"

namespace recvbench {
namespace {

// Lets in whoever has been announced by its port, and closes everybody else.
class Door final : public Admission {
 public:
  explicit Door(Recorder& recorder) : recorder_(recorder) {}

  // The log of the connection that comes from this socket.
  std::shared_ptr<ConnectionLog> announce(const Socket& socket, Rig::Respond respond = {}) {
    auto log = std::make_shared<ConnectionLog>();
    log->respond = std::move(respond);
    {
      const std::lock_guard lock(mutex_);
      log->id = ++last_id_;
      announced_[local_address(socket).port()] = log;
    }
    changed_.notify_all();
    return log;
  }
  // Nobody is announced any more.
  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

  std::unique_ptr<Connection> admit(Socket socket) override {
    const std::uint16_t port = peer_address(socket).port();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return closed_ || announced_.count(port) != 0; });
    const auto found = announced_.find(port);
    if (found == announced_.end()) return nullptr;
    admitted_.push_back(found->second);
    return std::make_unique<LoggedConnection>(std::move(socket), Connection::Kind::stream, found->second,
                                              recorder_);
  }
  void failed(const std::system_error& error) override {
    const std::lock_guard lock(mutex_);
    failures_.emplace_back(error.what());
  }

  // Once the engine has stopped.
  void check() const {
    EXPECT_EQ(failures_, std::vector<std::string>());
    for (const auto& log : admitted_) {
      EXPECT_EQ(log->closes, 1) << "on_close calls of accepted connection " << log->id;
      EXPECT_TRUE(log->destroyed) << "accepted connection " << log->id;
    }
  }

 private:
  Recorder& recorder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint16_t, std::shared_ptr<ConnectionLog>> announced_;
  std::vector<std::shared_ptr<ConnectionLog>> admitted_;
  std::uint32_t last_id_ = 1000;  // not to be taken for the rig's own connections
  bool closed_ = false;
  std::vector<std::string> failures_;
};

class AcceptTest : public EngineTest {
 protected:
  void SetUp() override {
    EngineTest::SetUp();
    if (IsSkipped()) return;
    rig_.emplace(engine(), settings());
    door_.emplace(rig_->recorder());
    rig_->start();
    Socket listener = listen_tcp(place(), 64, rig_->socket_options());
    address_ = local_address(listener);
    rig_->engine().accept_from(std::move(listener), *door_);
  }
  void TearDown() override {
    if (door_) {
      door_->close();
      rig_->stop();
      door_->check();
    }
    rig_.reset();
    EngineTest::TearDown();
  }

  // Where the engine's listener is.
  virtual Address place() const { return Address::loopback(AddressFamily::ipv4); }

  Socket knock() { return connect_tcp(address_, patience, rig_->socket_options()); }

  // A connection that is let in.
  Client enter(Rig::Respond respond = {}) { return enter(knock(), std::move(respond)); }
  Client enter(Socket socket, Rig::Respond respond = {}) {
    set_nonblocking(socket, true);
    set_no_delay(socket, true);
    auto log = door_->announce(socket, std::move(respond));
    return Client{std::move(socket), std::move(log), 0};
  }

  std::optional<Rig> rig_;
  std::optional<Door> door_;
  Address address_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(AcceptTest);  // where no engine of the platform can
INSTANTIATE_TEST_SUITE_P(Engines, AcceptTest,
                         ::testing::ValuesIn(socket_engines_that_can("accept", "acceptex")), print_case);

TEST_P(AcceptTest, ReceivesFromWhomItAccepts) {
  // More than can be on their way at one time, whatever the engine has prepared for.
  std::vector<Client> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(enter());
  for (auto& client : clients) client.send(3'000);
  for (auto& client : clients) ASSERT_TRUE(rig_->delivered(client)) << "connection " << client.log->id;
  for (auto& client : clients) client.close();
  for (auto& client : clients) {
    ASSERT_TRUE(rig_->closed(client)) << "connection " << client.log->id;
    EXPECT_FALSE(rig_->close_error(client)) << rig_->close_error(client).message();
  }
}

TEST_P(AcceptTest, AcceptsWhoComesAtTheSameTime) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 15; ++i) {
        Client client = enter();
        client.send(500);
        EXPECT_TRUE(rig_->delivered(client));
        client.close();
        EXPECT_TRUE(rig_->closed(client));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_P(AcceptTest, RepliesOnAnAcceptedConnection) {
  Client client = enter([](Connection& connection, std::span<const std::byte> bytes) {
    return !send_all(connection.native(), bytes, patience).error;
  });
  client.send(2'000);
  EXPECT_EQ(client.receive(2'000), pattern_bytes(client.log->id, 0, 2'000));
}

TEST_P(AcceptTest, ClosesWhoIsNotAdmitted) {
  Client stranger{knock(), std::make_shared<ConnectionLog>(), 0};
  set_nonblocking(stranger.socket, true);
  Client before = enter();
  door_->close();
  EXPECT_TRUE(stranger.sees_close());
  Client after{knock(), std::make_shared<ConnectionLog>(), 0};
  set_nonblocking(after.socket, true);
  EXPECT_TRUE(after.sees_close());
  before.send(100);
  EXPECT_TRUE(rig_->delivered(before));
}

TEST_P(AcceptTest, GoesOnAfterAPeerThatLeftAtOnce) {
  for (int i = 0; i < 40; ++i) {
    Client hasty = enter();
    hasty.abort();
  }
  Client client = enter();
  client.send(100);
  EXPECT_TRUE(rig_->delivered(client));
}

TEST_P(AcceptTest, AddsBesidesAccepting) {
  Client accepted = enter();
  Client added = rig_->connect();
  for (Client* client : {&accepted, &added}) {
    client->send(700);
    EXPECT_TRUE(rig_->delivered(*client));
  }
}

TEST_P(AcceptTest, StopAcceptingKeepsWhatWasAccepted) {
  Client client = enter();
  client.send(100);
  ASSERT_TRUE(rig_->delivered(client));
  rig_->engine().stop_accepting();
  EXPECT_THROW(connect_tcp(address_, std::chrono::seconds(5)), std::system_error);
  client.send(100);
  EXPECT_TRUE(rig_->delivered(client));
  rig_->engine().stop_accepting();
}

TEST_P(AcceptTest, StopAlsoStopsAccepting) {
  Client client = enter();
  client.send(100);
  ASSERT_TRUE(rig_->delivered(client));
  rig_->stop();
  EXPECT_TRUE(rig_->was_canceled(client)) << rig_->close_error(client).message();
  EXPECT_THROW(connect_tcp(address_, std::chrono::seconds(5)), std::system_error);
}

TEST_P(AcceptTest, StopsWhilePeersKeepComing) {
  std::atomic<bool> done{false};
  std::thread visitor([&] {
    while (!done) {
      try {
        Client client = enter();
        client.try_send(300);
      } catch (const std::system_error&) {
        return;  // nobody listens any more
      }
    }
  });
  Client client = enter();
  client.send(100);
  EXPECT_TRUE(rig_->delivered(client));
  rig_->stop();
  done = true;
  visitor.join();
}

class DualStackAcceptTest : public AcceptTest {
  void SetUp() override {
    if (!has_ipv6()) GTEST_SKIP() << "no IPv6 on this machine";
    AcceptTest::SetUp();
  }
  Address place() const override { return Address::any(AddressFamily::ipv6); }
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DualStackAcceptTest);  // where no engine of the platform can
INSTANTIATE_TEST_SUITE_P(Engines, DualStackAcceptTest,
                         ::testing::ValuesIn(socket_engines_that_can("accept", "acceptex")), print_case);

TEST_P(DualStackAcceptTest, AcceptsBothFamilies) {
  for (const AddressFamily family : {AddressFamily::ipv4, AddressFamily::ipv6, AddressFamily::ipv4}) {
    Client client = enter(connect_tcp(Address::loopback(family, address_.port()), patience));
    client.send(3'000);
    EXPECT_TRUE(rig_->delivered(client));
    client.close();
    EXPECT_TRUE(rig_->closed(client));
  }
}

using NoAcceptTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Engines, NoAcceptTest, ::testing::ValuesIn(socket_engines()), print_case);

TEST_P(NoAcceptTest, SaysSoWhereItDoesNotAccept) {
  if (engine().accepts_itself(settings())) GTEST_SKIP() << engine().name << " accepts by default";
  Rig rig(engine(), settings());
  rig.start();
  rig.engine().stop_accepting();
  if (engine().accepts) GTEST_SKIP() << engine().name << " accepts with other settings";
  Door door(rig.recorder());
  try {
    rig.engine().accept_from(listen_tcp(Address::loopback(AddressFamily::ipv4), 1), door);
    ADD_FAILURE() << "accept_from was taken";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::not_supported) << error.what();
  }
}

}  // namespace
}  // namespace recvbench
