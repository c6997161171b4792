// The engines that make up their receives (null): the same contract, without sockets.
#include "engines/tests/conformance/engine_test.h"

#include <array>

#include "engines/null.h"
#include "engines/tests/conformance/pattern.h"

namespace recvbench {
namespace {

// A stream of `total` bytes of the pattern, in receives of 100; the log is told of its destruction by nobody,
// so it is kept by the test.
class SyntheticStream final : public SyntheticConnection {
 public:
  SyntheticStream(ConnectionLog& log, std::uint64_t total, std::atomic<int>& destroyed)
      : log_(log), total_(total), destroyed_(destroyed) {}
  ~SyntheticStream() override { ++destroyed_; }

  std::span<const std::byte> next_receive() override {
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes_.size(), total_ - made_));
    for (std::size_t i = 0; i < size; ++i) bytes_[i] = pattern_byte(log_.id, made_ + i);
    made_ += size;
    return {bytes_.data(), size};
  }
  ConnectionLog& log() { return log_; }

 private:
  ConnectionLog& log_;
  const std::uint64_t total_;
  std::atomic<int>& destroyed_;
  std::uint64_t made_ = 0;
  std::array<std::byte, 100> bytes_{};
};

class SyntheticEngineTest : public EngineTest {
 protected:
  static constexpr std::uint64_t endless = ~std::uint64_t{0};

  void SetUp() override {
    EngineTest::SetUp();
    tested_ = engine().create(settings());
    tested_->start(recorder_);
  }
  void TearDown() override {
    tested_->stop();
    recorder_.seal();
    for (const auto& what : recorder_.violations()) ADD_FAILURE() << what;
    EngineTest::TearDown();
  }

  ConnectionLog& add(std::uint64_t total, std::function<bool()> respond = {}) {
    auto& log = *logs_.emplace_back(std::make_unique<ConnectionLog>());
    log.id = static_cast<std::uint32_t>(logs_.size());
    if (respond) log.respond = [respond](Connection&, std::span<const std::byte>) { return respond(); };
    tested_->add(std::make_unique<SyntheticStream>(log, total, destroyed_));
    return log;
  }

  std::vector<std::unique_ptr<ConnectionLog>> logs_;
  std::atomic<int> destroyed_{0};
  Recorder recorder_{[](Connection& connection) -> ConnectionLog& {
    return static_cast<SyntheticStream&>(connection).log();
  }};
  std::unique_ptr<ReceiveEngine> tested_;
};
INSTANTIATE_TEST_SUITE_P(Engines, SyntheticEngineTest, ::testing::ValuesIn(synthetic_engines()), print_case);

TEST_P(SyntheticEngineTest, DeliversTheWholeStreamAndItsEnd) {
  for (int i = 0; i < 5; ++i) add(10'050);
  ASSERT_TRUE(recorder_.wait_until([&] {
    return std::all_of(logs_.begin(), logs_.end(), [](const auto& log) { return log->closes == 1; });
  }));
  tested_->stop();
  for (const auto& log : logs_) {
    EXPECT_EQ(log->received, 10'050u);
    EXPECT_EQ(log->calls, 101u);
    EXPECT_FALSE(log->error);
  }
  EXPECT_EQ(destroyed_, 5);
  EXPECT_EQ(tested_->counters().completions, 505u);
  EXPECT_EQ(tested_->counters().receive_calls, 510u);  // the last of each found the end
  EXPECT_EQ(tested_->counters().wakeups, 0u);
}

TEST_P(SyntheticEngineTest, StopEndsEndlessStreams) {
  for (int i = 0; i < 5; ++i) add(endless);
  for (const auto& log : logs_) ASSERT_TRUE(recorder_.wait_until([&] { return log->calls > 10; }));
  tested_->stop();
  tested_->stop();
  for (const auto& log : logs_) {
    EXPECT_EQ(log->closes, 1);
    EXPECT_EQ(log->error, canceled_error());
  }
  EXPECT_EQ(destroyed_, 5);
}

TEST_P(SyntheticEngineTest, SinkClosesOneAndTheOthersGoOn) {
  const ConnectionLog& other = add(endless);
  const ConnectionLog& refused = add(endless, [] { return false; });
  ASSERT_TRUE(recorder_.wait_until([&] { return refused.closes == 1; }));
  const auto seen = recorder_.locked([&] { return other.calls; });
  EXPECT_TRUE(recorder_.wait_until([&] { return other.calls > seen; }));
  EXPECT_EQ(refused.calls, 1u);
  EXPECT_FALSE(refused.error);
}

TEST_P(SyntheticEngineTest, RefusesAConnectionWithASocket) {
  EXPECT_THROW(tested_->add(std::make_unique<Connection>(Socket{})), std::system_error);
}

TEST_P(SyntheticEngineTest, WakesFromIdleness) {
  for (int i = 0; i < 50; ++i) {
    const ConnectionLog& log = add(1);
    ASSERT_TRUE(recorder_.wait_until([&] { return log.closes == 1; }));
  }
}

}  // namespace
}  // namespace recvbench
