// Where io_uring, or a part of it, is missing, the engine says so, by the name of the call that was refused.
#include <gtest/gtest.h>
#include <liburing.h>
#include <sys/syscall.h>

#include <cerrno>
#include <functional>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "engines/catalog.h"
#include "engines/posix/io_uring.h"
#include "engines/tests/io_uring/refuse_call.h"

namespace recvbench {
namespace {

class IoUringAvailabilityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(engine_, nullptr);
    const Availability here = engine_->probe();
    if (!here.available) GTEST_SKIP() << "io_uring cannot run here: " << here.reason;
  }

  Availability check(std::string_view mode) const {
    EngineSettings settings;
    settings.set(io_uring_mode_setting, mode == "single" ? 1 : 0);
    return engine_->check(settings);
  }

  // A refusal lasts as long as the thread.
  static void in_a_thread(const std::function<void()>& test) { std::thread(test).join(); }

  const EngineDescriptor* engine_ = find_engine("io_uring");
};

TEST_F(IoUringAvailabilityTest, IsRefusedWhereThereIsNoIoUring) {
  in_a_thread([this] {
    refuse_call(__NR_io_uring_setup, EPERM);
    const Availability here = engine_->probe();
    EXPECT_FALSE(here.available);
    EXPECT_NE(here.reason.find("io_uring_setup"), std::string::npos) << here.reason;
    EXPECT_NE(here.reason.find("EPERM"), std::string::npos) << here.reason;
  });
}

TEST_F(IoUringAvailabilityTest, OnlyMultishotIsRefusedWhereThereAreNoProvidedBuffers) {
  in_a_thread([this] {
    refuse_call(__NR_io_uring_register, IORING_REGISTER_PBUF_RING, EINVAL);
    EXPECT_TRUE(engine_->probe().available) << engine_->probe().reason;
    EXPECT_TRUE(check("single").available) << check("single").reason;
    const Availability multishot = check("multishot");
    EXPECT_FALSE(multishot.available);
    EXPECT_NE(multishot.reason.find("PBUF_RING"), std::string::npos) << multishot.reason;
    EXPECT_NE(multishot.reason.find("EINVAL"), std::string::npos) << multishot.reason;
  });
}

TEST_F(IoUringAvailabilityTest, StartFailsWhereTheRingCannotBeHad) {
  class NoSink final : public ReceiveHandler {
    ReceiveSink& attach_thread() override { throw std::logic_error("no thread was to be started"); }
  };
  in_a_thread([this] {
    refuse_call(__NR_io_uring_setup, ENOMEM);
    NoSink handler;
    const auto engine = engine_->create({});
    try {
      engine->start(handler);
      ADD_FAILURE() << "started";
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::not_enough_memory) << error.what();
    }
  });
}

}  // namespace
}  // namespace recvbench
