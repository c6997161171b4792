// async-select's queue is open to everyone: what is not about one of its connections must do nothing to them.
#include <winsock2.h>
#include <windows.h>

#include <chrono>
#include <vector>

#include "engines/tests/conformance/engine_test.h"

namespace recvbench {
namespace {

// The message-only windows of this process.
std::vector<HWND> own_windows() {
  std::vector<HWND> windows;
  HWND window = nullptr;
  while ((window = FindWindowExW(HWND_MESSAGE, window, L"STATIC", nullptr)) != nullptr) {
    DWORD process = 0;
    GetWindowThreadProcessId(window, &process);
    if (process == GetCurrentProcessId()) windows.push_back(window);
  }
  return windows;
}

TEST(AsyncSelectTest, MessagesAboutOtherSocketsDoNothing) {
  const NetworkSession session;
  const EngineDescriptor& engine = *find_engine("async-select");
  const Availability availability = engine.probe();
  if (!availability.available) GTEST_SKIP() << engine.name << " cannot run here: " << availability.reason;
  const Watchdog watchdog("MessagesAboutOtherSocketsDoNothing", std::chrono::seconds(150));
  Rig rig(engine, {});
  rig.start();
  Client client = rig.connect();
  client.send(100);
  ASSERT_TRUE(rig.delivered(client));
  const auto windows = own_windows();
  ASSERT_EQ(windows.size(), 1u);
  // As if late, about a socket that had the connection's place before it; about places that nobody has; and
  // what a window gets otherwise.
  const WPARAM no_such_socket = 0xFFFFFFF0;
  for (const UINT message : {WM_APP + 1u, WM_APP + 2u, WM_APP + 5000u, 0xBFFFu, WM_USER + 0u}) {
    ASSERT_TRUE(PostMessageW(windows[0], message, no_such_socket, MAKELPARAM(FD_CLOSE, 0)));
  }
  client.send(100);
  EXPECT_TRUE(rig.delivered(client));
  EXPECT_EQ(rig.recorder().locked([&] { return client.log->closes; }), 0);
}

}  // namespace
}  // namespace recvbench
