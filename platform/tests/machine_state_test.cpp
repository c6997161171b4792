// What is told of the machine's state: plausible where it is told, and the same when asked twice.
#include "platform/machine_state.h"

#include <chrono>

#include <gtest/gtest.h>

#include "platform/system_info.h"

namespace recvbench {
namespace {

TEST(MachineStateTest, IsPlausible) {
  const MachineState state = machine_state();
  if (state.ephemeral_ports) {
    EXPECT_GE(*state.ephemeral_ports, 1u);
    EXPECT_LE(*state.ephemeral_ports, 65'536u);
  }
  if (state.power_plan) {
    EXPECT_FALSE(state.power_plan->empty());
  }
  if (state.load_average) {
    EXPECT_GE(*state.load_average, 0);
  }
  EXPECT_TRUE(state.power_plan || !state.holds_frequency);
  EXPECT_TRUE(state.time_wait_sockets.has_value()) << "told on every system";
  EXPECT_EQ(state.hypervisor, hypervisor_signature());
  EXPECT_EQ(machine_state().hardware, state.hardware);
}

TEST(MachineStateTest, TellsWhatItsSystemTells) {
  const MachineState state = machine_state();
  if (std::string(platform_name()) == "linux") {
    EXPECT_TRUE(state.ephemeral_ports.has_value());
    EXPECT_TRUE(state.receive_buffer_limit_bytes.has_value());
    EXPECT_TRUE(state.send_buffer_limit_bytes.has_value());
    EXPECT_TRUE(state.load_average.has_value());
    EXPECT_FALSE(state.antivirus.has_value());
  } else {
    EXPECT_TRUE(state.shared_cores.has_value());
    EXPECT_FALSE(state.open_file_limit.has_value());
    if (running_under_wine()) {
      EXPECT_FALSE(state.antivirus.has_value()) << "the host's cannot be seen";
    }
  }
}

TEST(BusyShareTest, IsTheShareThatWasNotIdle) {
  EXPECT_EQ(busy_share({100, 1000}, {100, 1000}), std::nullopt) << "no time passed";
  EXPECT_EQ(busy_share({100, 1000}, {150, 900}), std::nullopt);
  EXPECT_DOUBLE_EQ(busy_share({100, 1000}, {150, 1100}).value(), 0.5);
  EXPECT_DOUBLE_EQ(busy_share({100, 1000}, {100, 1100}).value(), 1);
  EXPECT_DOUBLE_EQ(busy_share({100, 1000}, {90, 1100}).value(), 1) << "idle time went back";
  EXPECT_DOUBLE_EQ(busy_share({100, 1000}, {300, 1100}).value(), 0) << "more idle than time";
}

TEST(BusyShareTest, IsMeasuredHere) {
  const auto share = cpu_busy_share(std::chrono::milliseconds(300));
  ASSERT_TRUE(share.has_value());
  EXPECT_GE(*share, 0);
  EXPECT_LE(*share, 1);
}

}  // namespace
}  // namespace recvbench
