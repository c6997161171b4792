// One thread wakes another's wait, as often as it likes.
#include "platform/waker.h"

#include <gtest/gtest.h>

#include <thread>

namespace recvbench {
namespace {

using std::chrono::milliseconds;

TEST(WakerTest, IsReadableFromTheSignalUntilItIsCleared) {
  const NetworkSession network;
  Waker waker;
  EXPECT_FALSE(wait_readable(waker.native(), milliseconds(10)));
  waker.signal();
  waker.signal();
  EXPECT_TRUE(wait_readable(waker.native(), milliseconds(5'000)));
  EXPECT_TRUE(wait_readable(waker.native(), milliseconds(0))) << "looking does not clear it";
  waker.clear();
  EXPECT_FALSE(wait_readable(waker.native(), milliseconds(10))) << "cleared, however often it was signalled";
  waker.signal();
  EXPECT_TRUE(wait_readable(waker.native(), milliseconds(5'000)));
}

TEST(WakerTest, WakesAnotherThread) {
  const NetworkSession network;
  Waker waker;
  bool woken = false;
  std::thread waiting([&] { woken = wait_readable(waker.native(), milliseconds(20'000)); });
  waker.signal();
  waiting.join();
  EXPECT_TRUE(woken);
}

TEST(WakerTest, SignalsThatNobodyClearsDoNotBlock) {
  const NetworkSession network;
  Waker waker;
  for (int i = 0; i < 100'000; ++i) waker.signal();
  EXPECT_TRUE(wait_readable(waker.native(), milliseconds(5'000)));
  waker.clear();
  EXPECT_FALSE(wait_readable(waker.native(), milliseconds(10)));
}

}  // namespace
}  // namespace recvbench
