// Where the function comes from, and how a system without it is reported.
#include "engines/tests/notifications/notifications_fixture.h"
#include "platform/error.h"

namespace recvbench {
namespace {

TEST(SystemSocketNotifications, AnAbsentFunctionIsReportedWithTheCallAndTheError) {
  try {
    system_socket_notifications();
    GTEST_SKIP() << "this system has ProcessSocketNotifications";
  } catch (const std::system_error& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find("GetProcAddress"), std::string::npos) << what;
    EXPECT_NE(what.find("ProcessSocketNotifications"), std::string::npos) << what;
    EXPECT_NE(what.find("ERROR_PROC_NOT_FOUND"), std::string::npos) << what;
    EXPECT_EQ(best_socket_notifications().remark,
              "emulated: ProcessSocketNotifications not available (GetProcAddress: ERROR_PROC_NOT_FOUND)");
    EXPECT_TRUE(best_socket_notifications().emulated);
  }
}

TEST(SystemSocketNotifications, IsPreferredToTheEmulation) {
  SocketNotificationsProvider system;
  try {
    system = system_socket_notifications();
  } catch (const std::system_error& error) {
    GTEST_SKIP() << "no ProcessSocketNotifications on this system, so its rules were checked on the "
                    "emulation alone: "
                 << error.what();
  }
  EXPECT_FALSE(system.emulated);
  EXPECT_TRUE(system.remark.empty());
  EXPECT_FALSE(best_socket_notifications().emulated);
  EXPECT_EQ(best_socket_notifications().process, system.process);
}

}  // namespace
}  // namespace recvbench
