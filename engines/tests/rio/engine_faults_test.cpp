// The RIO engine on providers that fail: each failure is reported by name, ends in bounded time and leaves
// nothing registered, created or open behind.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "engines/tests/record.h"
#include "engines/tests/rio/engine_variants.h"
#include "engines/winsock/rio/engine.h"
#include "engines/winsock/rio/emulation.h"
#include "platform/error.h"
#include "platform/socket.h"

namespace recvbench {
namespace {

constexpr std::chrono::seconds limit{20};

// What fails in this test, and what is held. The table's functions carry no context, so the one test that
// runs keeps both here.
struct Faults {
  // The n-th call from now (1 = the next) of a function fails, and every later one; 0 = none does.
  std::atomic<int> create_completion_queue{0};
  std::atomic<int> register_buffer{0};
  std::atomic<int> create_request_queue{0};
  std::atomic<int> resize{0};
  std::atomic<int> receive{0};  // but for commits
  std::atomic<int> commit{0};
  std::atomic<int> notify{0};
  std::atomic<int> dequeue{0};  // RIO_CORRUPT_CQ

  std::atomic<int> queues{0};   // completion queues that were created and not closed
  std::atomic<int> buffers{0};  // registrations that were made and not taken back
};
std::unique_ptr<Faults> faults;

const rio::FunctionTable& emulation() {
  static const rio::FunctionTable table = emulated_rio().functions;
  return table;
}

bool fails(std::atomic<int>& countdown) {
  int left = countdown.load();
  while (left > 1 && !countdown.compare_exchange_weak(left, left - 1)) {
  }
  if (left == 1) WSASetLastError(WSAENOBUFS);
  return left == 1;
}

RioProvider faulty_rio() {
  RioProvider provider = emulated_rio();
  rio::FunctionTable& table = provider.functions;
  table.create_completion_queue = [](DWORD size, rio::Notification* notification) -> rio::CompletionQueue {
    if (fails(faults->create_completion_queue)) return rio::invalid_completion_queue;
    ++faults->queues;
    return emulation().create_completion_queue(size, notification);
  };
  table.close_completion_queue = [](rio::CompletionQueue queue) {
    if (queue != rio::invalid_completion_queue) --faults->queues;
    emulation().close_completion_queue(queue);
  };
  table.register_buffer = [](char* data, DWORD bytes) -> rio::BufferId {
    if (fails(faults->register_buffer)) return rio::invalid_buffer_id;
    ++faults->buffers;
    return emulation().register_buffer(data, bytes);
  };
  table.deregister_buffer = [](rio::BufferId id) {
    --faults->buffers;
    emulation().deregister_buffer(id);
  };
  table.create_request_queue = [](SOCKET socket, ULONG receives, ULONG receive_buffers, ULONG sends,
                                  ULONG send_buffers, rio::CompletionQueue receive_queue,
                                  rio::CompletionQueue send_queue, void* context) -> rio::RequestQueue {
    if (fails(faults->create_request_queue)) return rio::invalid_request_queue;
    return emulation().create_request_queue(socket, receives, receive_buffers, sends, send_buffers,
                                            receive_queue, send_queue, context);
  };
  table.resize_completion_queue = [](rio::CompletionQueue queue, DWORD size) -> BOOL {
    return fails(faults->resize) ? FALSE : emulation().resize_completion_queue(queue, size);
  };
  table.receive = [](rio::RequestQueue queue, rio::Buffer* data, ULONG buffers, DWORD flags,
                     void* context) -> BOOL {
    std::atomic<int>& fault = flags == rio::commit_only ? faults->commit : faults->receive;
    return fails(fault) ? FALSE : emulation().receive(queue, data, buffers, flags, context);
  };
  table.notify = [](rio::CompletionQueue queue) -> INT {
    return fails(faults->notify) ? WSAEINVAL : emulation().notify(queue);
  };
  table.dequeue_completion = [](rio::CompletionQueue queue, rio::Result* results, ULONG size) -> ULONG {
    return fails(faults->dequeue) ? rio::corrupt_completion_queue
                                  : emulation().dequeue_completion(queue, results, size);
  };
  return provider;
}

class RioEngineFaults : public testing::TestWithParam<RioVariant> {
 protected:
  void SetUp() override { faults = std::make_unique<Faults>(); }

  void TearDown() override {
    if (engine_) engine_->stop();
    engine_.reset();
    EXPECT_EQ(faults->queues, 0) << "completion queues left open";
    EXPECT_EQ(faults->buffers, left_registered_) << "buffers left registered";
  }

  EngineSettings settings() const { return GetParam().settings(); }
  void make_engine() { make_engine(settings()); }
  void make_engine(const EngineSettings& settings) { engine_ = make_rio_engine(settings, faulty_rio); }

  // Makes the engine and starts it; the message of what start() threw.
  std::string start_error(const RioSource& source) { return start_error(settings(), source); }
  std::string start_error(const EngineSettings& settings, const RioSource& source) {
    engine_ = make_rio_engine(settings, source);
    try {
      engine_->start(record_);
    } catch (const std::system_error& error) {
      return error.what();
    }
    return "start() succeeded";
  }

  // A connection handed to the engine; its peer.
  Socket& connect() {
    SocketOptions options;
    options.registered_io = true;
    SocketPair pair = connected_pair(AddressFamily::ipv4, options);
    engine_->add(std::make_unique<Connection>(std::move(pair.accepted)));
    return peers_.emplace_back(std::move(pair.connected));
  }

  // Bytes to the peers' other ends, which the engine must deliver.
  bool delivers(Socket& peer) {
    static constexpr std::byte text[3] = {};
    expected_ += sizeof(text);
    return !send_all(peer.native(), text, limit).error && record_.wait_bytes(expected_);
  }

  // Something for the engine to do, which may have closed the connection already.
  static void provoke(Socket& peer) {
    static constexpr std::byte text[3] = {};
    send_all(peer.native(), text, limit);
  }

  // As many connections end, each with an error that says so.
  void expect_all_closed(std::size_t count, std::string_view reason) {
    const auto closed = record_.wait_closed(count);
    EXPECT_EQ(closed.size(), count);
    for (const std::error_code& error : closed) {
      EXPECT_NE(error.message().find(reason), std::string::npos) << error.message();
    }
  }

  NetworkSession session_;
  Record record_;
  std::unique_ptr<ReceiveEngine> engine_;
  std::list<Socket> peers_;
  std::size_t expected_ = 0;
  int left_registered_ = 0;
};
RECVBENCH_RIO_VARIANTS(RioEngineFaults, any_variant);

TEST_P(RioEngineFaults, NoFaultNoTrouble) {
  make_engine();
  engine_->start(record_);
  EXPECT_TRUE(delivers(connect()));
  engine_->stop();
  EXPECT_EQ(record_.wait_closed(1), std::vector{canceled_error()});
}

TEST_P(RioEngineFaults, NoTable) {
  const std::string what =
      start_error([]() -> RioProvider { throw_error(socket_error(WSAEOPNOTSUPP), "WSAIoctl", "RIO table"); });
  EXPECT_NE(what.find("WSAIoctl"), std::string::npos) << what;
  EXPECT_NE(what.find("WSAEOPNOTSUPP"), std::string::npos) << what;
}

TEST_P(RioEngineFaults, NoCompletionQueueForTheFirstThreadOrALaterOne) {
  for (const int call : {1, 3}) {
    if (call > 1 && GetParam().is_shared()) break;  // there is one for all
    faults->create_completion_queue = call;
    EngineSettings four = settings();
    four.threads = 4;
    const std::string what = start_error(four, faulty_rio);
    EXPECT_NE(what.find("RIOCreateCompletionQueue"), std::string::npos) << what;
    EXPECT_NE(what.find("WSAENOBUFS"), std::string::npos) << what;
    EXPECT_EQ(faults->queues, 0);
    EXPECT_EQ(faults->buffers, 0);
  }
}

TEST_P(RioEngineFaults, NoRegistration) {
  faults->register_buffer = 1;
  const std::string what = start_error(faulty_rio);
  EXPECT_NE(what.find("RIORegisterBuffer"), std::string::npos) << what;
  EXPECT_NE(what.find("WSAENOBUFS"), std::string::npos) << what;
}

TEST_P(RioEngineFaults, AFailedStartCanBeRepeated) {
  faults->register_buffer = 1;
  start_error(faulty_rio);
  faults->register_buffer = 0;
  engine_->start(record_);
  EXPECT_TRUE(delivers(connect()));
}

TEST_P(RioEngineFaults, NoFurtherRegistrationEndsTheConnectionThatNeedsIt) {
  faults->register_buffer = 2;
  make_engine();
  engine_->start(record_);
  for (int i = 0; i < 17; ++i) connect();  // the first slab has 16 slices
  EXPECT_EQ(record_.wait_closed(1), std::vector{socket_error(WSAENOBUFS)});
  for (int i = 0; i < 16; ++i) EXPECT_TRUE(delivers(*std::next(peers_.begin(), i)));
}

TEST_P(RioEngineFaults, FullCompletionQueueEndsTheConnectionThatNeedsRoom) {
  faults->resize = 1;
  EngineSettings settings = this->settings();
  settings.receives_in_flight = 200;  // the queue begins with 256 entries
  settings.buffer_bytes = 1024;
  make_engine(settings);
  engine_->start(record_);
  Socket& first = connect();
  connect();
  EXPECT_EQ(record_.wait_closed(1), std::vector{socket_error(WSAENOBUFS)});
  EXPECT_TRUE(delivers(first));
  faults->resize = 0;
  EXPECT_TRUE(delivers(connect()));
}

TEST_P(RioEngineFaults, NoRequestQueueEndsItsConnectionOnly) {
  make_engine();
  engine_->start(record_);
  Socket& first = connect();
  EXPECT_TRUE(delivers(first));
  faults->create_request_queue = 1;
  connect();
  EXPECT_EQ(record_.wait_closed(1), std::vector{socket_error(WSAENOBUFS)});
  faults->create_request_queue = 0;
  EXPECT_TRUE(delivers(first));
  EXPECT_TRUE(delivers(connect()));
}

TEST_P(RioEngineFaults, AReceiveThatCannotBePostedEndsItsConnection) {
  for (const int depth : {1, 4}) {
    EngineSettings settings = this->settings();
    settings.receives_in_flight = depth;
    Record record;
    const auto engine = make_rio_engine(settings, faulty_rio);
    engine->start(record);
    SocketPair pair = connected_pair();
    faults->receive = depth + 1;  // the first receives are posted, the one after the first delivery is not
    engine->add(std::make_unique<Connection>(std::move(pair.accepted)));
    static constexpr std::byte text[3] = {};
    ASSERT_FALSE(send_all(pair.connected.native(), text, limit).error);
    EXPECT_EQ(record.wait_closed(1), std::vector{socket_error(WSAENOBUFS)}) << "depth " << depth;
    faults->receive = 0;
    engine->stop();
  }
}

TEST_P(RioEngineFaults, CorruptQueueEndsAllConnectionsOfItsThreadWithTheReason) {
  make_engine();
  engine_->start(record_);
  Socket& peer = connect();
  connect();
  ASSERT_TRUE(delivers(peer));
  faults->dequeue = 1;
  provoke(peer);
  expect_all_closed(2, "RIO_CORRUPT_CQ");
  engine_->stop();
  EXPECT_THROW(connect(), std::system_error);
  left_registered_ = 1;  // a corrupt queue cannot say that its requests are done with their memory
}

class RioEngineNotifyFaults : public RioEngineFaults {};
RECVBENCH_RIO_VARIANTS(RioEngineNotifyFaults, waiting_variant);

TEST_P(RioEngineNotifyFaults, NotifyThatFailsEndsAllConnectionsOfItsThread) {
  make_engine();
  engine_->start(record_);
  Socket& peer = connect();
  connect();
  ASSERT_TRUE(delivers(peer));
  faults->notify = 1;
  provoke(peer);
  expect_all_closed(2, "WSAEINVAL");
}

class RioEngineSharedFaults : public RioEngineFaults {};
RECVBENCH_RIO_VARIANTS(RioEngineSharedFaults, shared_variant);

// What is shared fails for everybody: the other threads, asleep or not, end with the one that met with it.
TEST_P(RioEngineSharedFaults, AQueueThatFailsEndsEveryThread) {
  EngineSettings settings = this->settings();
  settings.threads = 3;
  make_engine(settings);
  engine_->start(record_);
  for (int i = 0; i < 6; ++i) connect();
  for (Socket& peer : peers_) ASSERT_TRUE(delivers(peer));
  faults->dequeue = 1;
  provoke(peers_.front());
  expect_all_closed(6, "RIO_CORRUPT_CQ");
  engine_->stop();
  for (int i = 0; i < 3; ++i) EXPECT_THROW(connect(), std::system_error);
  left_registered_ = 1;
}

// The emulation never gives these back, so that the limit on waiting for them passes: 5 s a case.
class RioEngineDrain : public RioEngineFaults {};
INSTANTIATE_TEST_SUITE_P(Rio, RioEngineDrain, testing::Values(RioVariant{0, 0}, RioVariant{0, 1}),
                         variant_name);

TEST_P(RioEngineDrain, DeferredReceivesThatCannotBeStartedAreGivenUpInTime) {
  EngineSettings settings = this->settings();
  settings.receives_in_flight = 4;
  make_engine(settings);
  engine_->start(record_);
  // Three are deferred; the fourth, which would start them, fails, and so does their commit.
  faults->receive = 4;
  faults->commit = 1;
  connect();
  EXPECT_EQ(record_.wait_closed(1), std::vector{socket_error(WSAENOBUFS)});
  const auto before = std::chrono::steady_clock::now();
  engine_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, limit);
  left_registered_ = 1;  // requests that never came back keep their memory
}

TEST_P(RioEngineDrain, ACommitThatFailsEndsItsConnection) {
  EngineSettings settings = this->settings();
  settings.receives_in_flight = 2;
  settings.set(rio_commit, 1);
  ASSERT_EQ(value_text(rio_commit, settings.get(rio_commit)), "commit-only");
  make_engine(settings);
  engine_->start(record_);
  Socket& first = connect();
  EXPECT_TRUE(delivers(first));
  faults->commit = 1;
  connect();
  EXPECT_EQ(record_.wait_closed(1), std::vector{socket_error(WSAENOBUFS)});
  faults->commit = 0;
  engine_->stop();
  left_registered_ = 1;  // its receives were never started
}

}  // namespace
}  // namespace recvbench
