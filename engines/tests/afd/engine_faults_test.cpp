// The engine where polls fail, sockets are closed under it, and cancelling does not help: each ends what it
// concerns, in bounded time, and nothing else.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "engines/tests/conformance/rig.h"
#include "engines/winsock/afd/engine.h"
#include "platform/error.h"

namespace recvbench {
namespace {

// What fails in this test, and what was done. The functions carry no context, so the one test that runs keeps
// both here.
struct Faults {
  // The n-th from now (1 = the next) fails; 0 = none does.
  std::atomic<int> refused_poll{0};
  std::atomic<int> failing_poll{0};  // is cancelled as soon as it has started
  // The answer to every order to cancel, which is then not carried out.
  std::atomic<NTSTATUS> cancel{afd::status_pending};  // pending = it is

  std::atomic<int> polls{0};  // that were started
};
std::unique_ptr<Faults> faults;

bool is_this_one(std::atomic<int>& countdown) {
  if (countdown == 0) return false;
  return --countdown == 0;  // one thread counts
}

const AfdFunctions& real() {
  static const AfdFunctions functions = system_afd_functions();
  return functions;
}

constexpr auto status_insufficient_resources = static_cast<NTSTATUS>(0xC000009A);
constexpr auto status_access_denied = static_cast<NTSTATUS>(0xC0000022);

AfdFunctions faulty_functions() {
  AfdFunctions functions = real();
  functions.device_io_control = [](HANDLE file, HANDLE event, void* routine, void* context,
                                   IO_STATUS_BLOCK* block, ULONG code, void* input, ULONG input_bytes,
                                   void* output, ULONG output_bytes) -> NTSTATUS {
    if (is_this_one(faults->refused_poll)) return status_insufficient_resources;
    const NTSTATUS status = real().device_io_control(file, event, routine, context, block, code, input,
                                                     input_bytes, output, output_bytes);
    if (is_this_one(faults->failing_poll)) {
      IO_STATUS_BLOCK answer{};
      EXPECT_EQ(real().cancel_io(file, block, &answer), afd::status_success);
    }
    ++faults->polls;
    return status;
  };
  functions.cancel_io = [](HANDLE file, IO_STATUS_BLOCK* request, IO_STATUS_BLOCK* answer) -> NTSTATUS {
    const NTSTATUS status = faults->cancel;
    return status == afd::status_pending ? real().cancel_io(file, request, answer) : status;
  };
  return functions;
}

class AfdPollFaults : public testing::Test {
 protected:
  void SetUp() override {
    descriptor_ = afd_poll_engine();
    const Availability availability = descriptor_.probe();
    if (!availability.available) GTEST_SKIP() << availability.reason;
    faults = std::make_unique<Faults>();
    descriptor_.create = [](const EngineSettings& settings) {
      return make_afd_poll_engine(settings, faulty_functions);
    };
    rig_.emplace(descriptor_, EngineSettings());
  }
  void TearDown() override { rig_.reset(); }

  // Waits until something that the engine's thread does has happened.
  static bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      Sleep(1);
    }
    return true;
  }
  static bool started(int polls) {
    return eventually([polls] { return faults->polls >= polls; });
  }
  bool delivers(Client& client) {
    client.send(100);
    return rig_->delivered(client);
  }
  std::chrono::steady_clock::duration time_to_stop() {
    const auto before = std::chrono::steady_clock::now();
    rig_->stop();
    return std::chrono::steady_clock::now() - before;
  }

  NetworkSession session_;
  EngineDescriptor descriptor_;
  std::optional<Rig> rig_;
};

TEST_F(AfdPollFaults, NoFunctionsNoEngine) {
  const auto engine = make_afd_poll_engine(EngineSettings(), []() -> AfdFunctions {
    throw_error(socket_error(ERROR_PROC_NOT_FOUND), "GetProcAddress", "NtCreateFile in ntdll.dll");
  });
  Recorder recorder;
  EXPECT_THROW(engine->start(recorder), std::system_error);
  EXPECT_THROW(engine->add(std::make_unique<Connection>(connected_pair().accepted)), std::system_error);
}

TEST_F(AfdPollFaults, APollThatIsRefusedEndsItsConnectionOnly) {
  rig_->start();
  Client first = rig_->connect();
  ASSERT_TRUE(started(1));
  faults->refused_poll = 1;
  Client second = rig_->connect();
  ASSERT_TRUE(rig_->closed(second));
  EXPECT_EQ(rig_->close_error(second),
            socket_error(static_cast<int>(real().status_to_error(status_insufficient_resources))));
  EXPECT_TRUE(delivers(first));
  Client third = rig_->connect();
  EXPECT_TRUE(delivers(third));
}

TEST_F(AfdPollFaults, ASecondPollThatIsRefusedEndsItsConnectionAfterItsBytes) {
  rig_->start();
  Client client = rig_->connect();
  ASSERT_TRUE(started(1));
  faults->refused_poll = 1;
  EXPECT_TRUE(delivers(client));
  ASSERT_TRUE(rig_->closed(client));
  EXPECT_TRUE(rig_->close_error(client));
}

TEST_F(AfdPollFaults, APollThatFailsLaterEndsItsConnectionOnly) {
  rig_->start();
  Client first = rig_->connect();
  ASSERT_TRUE(started(1));
  faults->failing_poll = 1;
  Client second = rig_->connect();
  ASSERT_TRUE(rig_->closed(second));
  EXPECT_EQ(rig_->close_error(second), socket_error(ERROR_OPERATION_ABORTED));
  EXPECT_TRUE(delivers(first));
}

// While the thread is busy elsewhere the socket's number goes to another one, which must come to no harm.
TEST_F(AfdPollFaults, ASocketClosedUnderneathIsNeitherReadNorClosedAgain) {
  std::atomic<NativeSocket> polled{no_socket};
  std::atomic<bool> is_busy{false};
  std::promise<void> go_on;
  const std::shared_future<void> may_go_on = go_on.get_future().share();
  rig_->start();
  Client closed = rig_->connect([&](Connection& connection, std::span<const std::byte>) {
    polled = connection.native();
    return true;
  });
  Client busy = rig_->connect([&](Connection&, std::span<const std::byte>) {
    is_busy = true;
    may_go_on.wait_for(patience);
    return true;
  });
  ASSERT_TRUE(delivers(closed));
  ASSERT_TRUE(started(3));  // each one's first, and its second
  busy.send(1);
  ASSERT_TRUE(eventually([&] { return is_busy.load(); }));
  ASSERT_EQ(closesocket(polled), 0);
  std::vector<Socket> others;
  for (int i = 0; i < 16; ++i) others.push_back(open_tcp(AddressFamily::ipv4));
  go_on.set_value();
  ASSERT_TRUE(rig_->closed(closed));
  EXPECT_EQ(rig_->close_error(closed), socket_error(WSAENOTSOCK));
  for (const Socket& other : others) EXPECT_GE(receive_buffer_bytes(other), 0) << other.native();
  EXPECT_TRUE(delivers(busy));
}

// One place, and one poll's memory, for all of them.
TEST_F(AfdPollFaults, ManyConnectionsOneAfterAnotherInOnePlace) {
  rig_->start();
  for (int i = 0; i < 100; ++i) {
    Client client = rig_->connect([i](Connection&, std::span<const std::byte>) { return i % 3 != 0; });
    ASSERT_TRUE(delivers(client)) << i;
    if (i % 3 == 1) client.abort();
    if (i % 3 == 2) client.close();
    ASSERT_TRUE(rig_->closed(client)) << i;
  }
}

TEST_F(AfdPollFaults, StopsWithPollsOutstandingAndWithSomeJustCompleted) {
  rig_->start();
  std::vector<Client> clients;
  for (int i = 0; i < 50; ++i) clients.push_back(rig_->connect());
  ASSERT_TRUE(started(50));
  for (std::size_t i = 0; i < clients.size(); i += 2) clients[i].send(10);
  EXPECT_LT(time_to_stop(), std::chrono::seconds(4));
  for (const Client& client : clients) EXPECT_TRUE(rig_->was_canceled(client));
}

TEST_F(AfdPollFaults, SaysSoWhereNothingCanBeCancelled) {
  rig_->start();
  Client client = rig_->connect();
  ASSERT_TRUE(delivers(client));
  ASSERT_TRUE(started(2));
  faults->cancel = status_access_denied;
  EXPECT_LT(time_to_stop(), std::chrono::seconds(4));
  EXPECT_EQ(rig_->close_error(client), std::errc::permission_denied);
}

TEST_F(AfdPollFaults, SaysSoWhereWhatWasCancelledDoesNotComeBack) {
  rig_->start();
  Client client = rig_->connect();
  ASSERT_TRUE(delivers(client));
  ASSERT_TRUE(started(2));
  faults->cancel = afd::status_success;
  EXPECT_LT(time_to_stop(), std::chrono::seconds(20));
  EXPECT_EQ(rig_->close_error(client), std::errc::timed_out);
}

}  // namespace
}  // namespace recvbench
