// The function table itself, and how a system without one is reported.
#include <algorithm>
#include <cstring>

#include "engines/tests/rio/provider_fixture.h"
#include "engines/winsock/rio/engine.h"
#include "platform/error.h"

namespace recvbench {
namespace {

class RioTable : public RioProviderTest {};
RECVBENCH_RIO_PROVIDERS(RioTable);

TEST_P(RioTable, HasTheDocumentedSizeAndNoEmptyPlace) {
  EXPECT_EQ(rio().size, 112u);
  std::array<void*, 13> functions{};
  static_assert(sizeof(rio::FunctionTable) == 8 + sizeof(functions));
  std::memcpy(functions.data(), reinterpret_cast<const char*>(&rio()) + 8, sizeof(functions));
  EXPECT_EQ(std::count(functions.begin(), functions.end(), nullptr), 0);
}

TEST_P(RioTable, InvalidHandlesAreRefusedNotFollowed) {
  rio::Result result;
  // Of all calls this one's documentation promises nothing for a queue that is none.
  if (GetParam() == ProviderKind::emulated) {
    EXPECT_EQ(rio().dequeue_completion(rio::invalid_completion_queue, &result, 1),
              rio::corrupt_completion_queue);
  }
  EXPECT_EQ(rio().notify(rio::invalid_completion_queue), WSAEINVAL);
  EXPECT_FALSE(rio().resize_completion_queue(rio::invalid_completion_queue, 1));
  EXPECT_FALSE(rio().resize_request_queue(rio::invalid_request_queue, 1, 1));
  EXPECT_EQ(WSAGetLastError(), WSAEINVAL);
  rio().close_completion_queue(rio::invalid_completion_queue);  // "this is ignored"
  rio().deregister_buffer(rio::invalid_buffer_id);              // "this is ignored"
}

TEST(RioSystemTable, AnAbsentTableIsReportedWithTheCallAndTheError) {
  const NetworkSession session;
  try {
    system_rio();
    GTEST_SKIP() << "this system has RIO";
  } catch (const std::system_error& error) {
    const std::string what = error.what();
    const std::string name = socket_error_name(error.code().value());
    EXPECT_NE(what.find("WSAIoctl"), std::string::npos) << what;
    EXPECT_NE(what.find(name), std::string::npos) << what;
    EXPECT_EQ(best_rio().remark, "emulated: RIO table not available (WSAIoctl: " + name + ")");
    EXPECT_TRUE(best_rio().emulated);
  }
}

TEST(RioSystemTable, IsPreferredToTheEmulation) {
  const NetworkSession session;
  RioProvider system;
  try {
    system = system_rio();
  } catch (const std::system_error& error) {
    GTEST_SKIP() << "no RIO on this system, so its rules were checked on the emulation alone: "
                 << error.what();
  }
  EXPECT_FALSE(system.emulated);
  EXPECT_TRUE(system.remark.empty());
  EXPECT_FALSE(best_rio().emulated);
  EXPECT_EQ(best_rio().functions.receive, system.functions.receive);
}

TEST(RioDescriptor, TellsWhatItRunsOn) {
  const NetworkSession session;
  const EngineDescriptor engine = rio_engine();
  EXPECT_EQ(engine.name, "rio");
  EXPECT_TRUE(engine.needs_registered_io);
  const Availability availability = engine.probe();
  const RioProvider provider = best_rio();
  EXPECT_TRUE(availability.available);
  EXPECT_EQ(availability.emulated, provider.emulated);
  EXPECT_EQ(availability.reason, provider.remark);
  EngineSettings settings;
  settings.threads = 2;
  settings.receives_in_flight = 4;
  EXPECT_EQ(engine.max_connections(settings), 2u * rio::max_completion_queue_size / 4u);
}

}  // namespace
}  // namespace recvbench
