// The poller's promises, the same on every system: level-triggered, no wake-up lost, waits that end in time
// and cost little.
#include "platform/readiness_poller.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "platform/clock.h"
#include "platform/cost.h"
#include "platform/datagram.h"
#include "platform/socket.h"
#include "platform/system_info.h"
#include "platform/thread.h"

namespace recvbench {
namespace {

constexpr std::uint64_t ms_ns = 1'000'000;
constexpr std::uint64_t patience_ns = 5'000 * ms_ns;
constexpr std::uint64_t quiet_ns = 30 * ms_ns;  // long enough for what was sent over loopback to have come

class ReadinessPollerTest : public testing::Test {
 protected:
  // What the poller says of `key` within `limit_ns`; nothing of others may be said.
  std::optional<ReadinessPoller::Event> event_of(std::size_t key, std::uint64_t limit_ns) {
    const std::uint64_t end = now_ns() + limit_ns;
    do {
      const std::uint64_t now = now_ns();
      for (const ReadinessPoller::Event& event : poller.wait(end > now ? end - now : 0)) {
        EXPECT_EQ(event.key, key);
        if (event.key == key) return event;
      }
    } while (now_ns() < end);
    return std::nullopt;
  }
  bool readable(std::size_t key, std::uint64_t limit_ns) {
    const auto event = event_of(key, limit_ns);
    return event && event->readable;
  }
  bool writable(std::size_t key, std::uint64_t limit_ns) {
    const auto event = event_of(key, limit_ns);
    return event && event->writable;
  }
  bool all_is_quiet() { return !event_of(~std::size_t{0}, quiet_ns).has_value(); }

 private:
  const NetworkSession session_;

 protected:
  ReadinessPoller poller;
};

struct Pair {
  explicit Pair(const SocketOptions& options = {}) {
    SocketPair made = connected_pair(AddressFamily::ipv4, options);
    watched = std::move(made.connected);
    peer = std::move(made.accepted);
    set_nonblocking(watched, true);
  }
  Socket watched;
  Socket peer;
};

void send_text(const Socket& socket, std::string_view text) {
  const IoResult sent = send_some(socket.native(), std::as_bytes(std::span(text)));
  ASSERT_EQ(sent.bytes, text.size()) << sent.error.message();
}

std::size_t receive_bytes(const Socket& socket, std::size_t most) {
  std::vector<std::byte> buffer(most);
  return receive_some(socket.native(), buffer).bytes;
}

TEST_F(ReadinessPollerTest, SaysThatThereIsDataUntilAllOfItIsRead) {
  Pair pair;
  poller.add(pair.watched.native(), 7, ReadinessPoller::reading);
  EXPECT_TRUE(all_is_quiet());
  send_text(pair.peer, "ab");
  ASSERT_TRUE(readable(7, patience_ns));
  for (const std::uint64_t timeout_ns : {std::uint64_t{0}, ms_ns, patience_ns, std::uint64_t{0}})
    EXPECT_TRUE(readable(7, timeout_ns)) << "nothing was read; waiting " << timeout_ns << " ns";
  ASSERT_EQ(receive_bytes(pair.watched, 1), 1U);
  EXPECT_TRUE(readable(7, 0)) << "one byte is left";
  EXPECT_TRUE(readable(7, patience_ns)) << "one byte is left";
  ASSERT_EQ(receive_bytes(pair.watched, 1), 1U);
  EXPECT_TRUE(all_is_quiet());
  send_text(pair.peer, "c");
  EXPECT_TRUE(readable(7, patience_ns));
}

TEST_F(ReadinessPollerTest, DataThatWasThereBeforeTheSocketIsAddedCounts) {
  Pair pair;
  send_text(pair.peer, "a");
  ASSERT_TRUE(wait_readable(pair.watched.native(), std::chrono::milliseconds(5'000)));
  poller.add(pair.watched.native(), 1, ReadinessPoller::reading);
  EXPECT_TRUE(readable(1, 0));
}

TEST_F(ReadinessPollerTest, ASocketWithRoomIsWritableAgainAndAgain) {
  Pair pair;
  poller.add(pair.watched.native(), 1, ReadinessPoller::writing);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(writable(1, patience_ns));
  send_text(pair.watched, "a");
  EXPECT_TRUE(writable(1, patience_ns));
}

// What ends the filling of a socket.
enum class LastSend { took_a_part_or_none, was_refused };

void fill(const Socket& socket, LastSend last_send) {
  const std::vector<std::byte> bytes(300'000);
  for (bool paused = false;;) {
    const IoResult sent = send_some(socket.native(), bytes);
    if (sent.bytes < bytes.size() && last_send == LastSend::took_a_part_or_none) return;
    if (!sent.error) {
      paused = false;
      continue;
    }
    ASSERT_TRUE(would_block(sent.error)) << sent.error.message();
    if (paused) return;
    sleep_until_ns(now_ns() + 200 * ms_ns);  // Linux delays ACKs by 40 ms; the peer's buffer may still grow
    paused = true;
  }
}

class ReadinessPollerRoomTest : public ReadinessPollerTest, public testing::WithParamInterface<LastSend> {};
INSTANTIATE_TEST_SUITE_P(LastSends, ReadinessPollerRoomTest,
                         testing::Values(LastSend::took_a_part_or_none, LastSend::was_refused),
                         [](const auto& one) {
                           return one.param == LastSend::was_refused ? "Refused" : "TookAPartOrNone";
                         });

TEST_P(ReadinessPollerRoomTest, AFullSocketIsWritableOnceThePeerHasRead) {
  Pair pair;
  poller.add(pair.watched.native(), 1, ReadinessPoller::nothing);
  for (int round = 0; round < 3; ++round) {
    fill(pair.watched, GetParam());
    poller.change(pair.watched.native(), 1, ReadinessPoller::writing);
    if (GetParam() == LastSend::was_refused) {
      EXPECT_TRUE(all_is_quiet()) << "it is full";
    }
    std::thread reader([&] {
      std::vector<std::byte> buffer(65'536);
      sleep_until_ns(now_ns() + 5 * ms_ns);  // the poller waits by now
      while (wait_readable(pair.peer.native(), std::chrono::milliseconds(100)))
        if (receive_some(pair.peer.native(), buffer).bytes == 0) return;
    });
    const std::uint64_t begin = now_ns();
    EXPECT_TRUE(writable(1, patience_ns));
    EXPECT_LT(now_ns() - begin, 2'000 * ms_ns);
    reader.join();
    EXPECT_TRUE(writable(1, 0)) << "nothing was sent";
    EXPECT_TRUE(writable(1, patience_ns)) << "nothing was sent";
    poller.change(pair.watched.native(), 1, ReadinessPoller::nothing);
    EXPECT_TRUE(all_is_quiet());
  }
}

TEST_F(ReadinessPollerTest, AChangedInterestCountsAtOnce) {
  Pair pair;
  poller.add(pair.watched.native(), 1, ReadinessPoller::nothing);
  send_text(pair.peer, "a");
  EXPECT_TRUE(all_is_quiet()) << "nobody has asked for data";
  poller.change(pair.watched.native(), 1, ReadinessPoller::reading);
  EXPECT_TRUE(readable(1, 0));
  poller.change(pair.watched.native(), 1, ReadinessPoller::reading | ReadinessPoller::writing);
  const auto both = event_of(1, 0);
  ASSERT_TRUE(both);
  EXPECT_TRUE(both->readable && both->writable);
  poller.change(pair.watched.native(), 1, ReadinessPoller::nothing);
  EXPECT_TRUE(all_is_quiet());
  for (int i = 0; i < 3; ++i) poller.change(pair.watched.native(), 1, ReadinessPoller::reading);
  EXPECT_EQ(poller.wait(patience_ns).size(), 1U) << "asked for thrice, reported once";
}

TEST_F(ReadinessPollerTest, ARemovedSocketIsNotReportedAndTheOthersAre) {
  std::vector<Pair> pairs(3);
  for (std::size_t i = 0; i < pairs.size(); ++i)
    poller.add(pairs[i].watched.native(), i, ReadinessPoller::reading);
  send_text(pairs[0].peer, "a");
  EXPECT_TRUE(readable(0, patience_ns));
  poller.remove(pairs[0].watched.native(), 0);
  EXPECT_TRUE(all_is_quiet()) << "removed while it was ready";
  send_text(pairs[0].peer, "a");
  EXPECT_TRUE(all_is_quiet());
  send_text(pairs[2].peer, "a");
  EXPECT_TRUE(readable(2, patience_ns));
  ASSERT_EQ(receive_bytes(pairs[2].watched, 1), 1U);
  poller.add(pairs[0].watched.native(), 0, ReadinessPoller::reading);
  EXPECT_EQ(poller.wait(patience_ns).size(), 1U) << "added anew, reported once";
  EXPECT_TRUE(readable(0, patience_ns));
}

TEST_F(ReadinessPollerTest, ThePeersCloseIsReadable) {
  Pair pair;
  poller.add(pair.watched.native(), 1, ReadinessPoller::reading);
  send_text(pair.peer, "a");
  shutdown_send(pair.peer);
  ASSERT_TRUE(readable(1, patience_ns));
  ASSERT_EQ(receive_bytes(pair.watched, 10), 1U);
  EXPECT_TRUE(readable(1, patience_ns));
  std::array<std::byte, 1> byte;
  const IoResult end = receive_some(pair.watched.native(), byte);
  EXPECT_FALSE(end.error) << end.error.message();
  EXPECT_EQ(end.bytes, 0U);
  EXPECT_TRUE(readable(1, 0)) << "an end stays";
}

TEST_F(ReadinessPollerTest, AResetIsReportedWhateverTheInterest) {
  for (const unsigned interest : {ReadinessPoller::nothing, ReadinessPoller::reading}) {
    Pair pair;
    poller.add(pair.watched.native(), 1, interest);
    EXPECT_TRUE(all_is_quiet());
    set_abortive_close(pair.peer);
    pair.peer.close();
    EXPECT_TRUE(readable(1, patience_ns)) << "interest " << interest;
    EXPECT_TRUE(readable(1, 0)) << "interest " << interest;
    poller.remove(pair.watched.native(), 1);
  }
}

TEST_F(ReadinessPollerTest, AConnectThatIsUnderWayEndsWritable) {
  const Socket listener = listen_tcp(Address::loopback(AddressFamily::ipv4), 5);
  for (int i = 0; i < 20; ++i) {
    const Socket socket = start_connect(local_address(listener));
    poller.add(socket.native(), 1, ReadinessPoller::nothing);
    poller.change(socket.native(), 1, ReadinessPoller::writing);
    ASSERT_TRUE(writable(1, patience_ns));
    EXPECT_FALSE(connect_error(socket)) << connect_error(socket).message();
    std::error_code error;
    const Socket accepted = accept_tcp(listener, error);
    ASSERT_TRUE(static_cast<bool>(accepted)) << error.message();
    poller.remove(socket.native(), 1);
  }
}

TEST_F(ReadinessPollerTest, DatagramsAreReadableOneByOne) {
  const Socket receiver = bind_udp(Address::loopback(AddressFamily::ipv4));
  const Socket sender = connect_udp(local_address(receiver));
  set_nonblocking(receiver, true);
  poller.add(receiver.native(), 1, ReadinessPoller::reading);
  EXPECT_TRUE(all_is_quiet());
  for (int round = 0; round < 3; ++round) {
    send_text(sender, "first");
    send_text(sender, "second");
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(readable(1, patience_ns));
      EXPECT_TRUE(readable(1, patience_ns)) << "nothing was read";
      EXPECT_EQ(receive_bytes(receiver, 100), i == 0 ? 5U : 6U);
    }
    EXPECT_TRUE(all_is_quiet());
  }
  poller.change(receiver.native(), 1, ReadinessPoller::writing);
  EXPECT_TRUE(writable(1, patience_ns));
}

// Data that comes at any moment of a wait, or between two, ends the wait. A lost wake-up would last to the
// timeout.
TEST_F(ReadinessPollerTest, NoWakeUpIsLost) {
  constexpr int rounds = 1'500;
  Pair pair;
  poller.add(pair.watched.native(), 1, ReadinessPoller::reading);
  std::atomic<int> seen{0};
  std::atomic<bool> gave_up{false};
  std::thread sender([&] {
    for (int i = 0; i < rounds; ++i) {
      while (seen.load() < i && !gave_up.load()) std::this_thread::yield();
      const std::uint64_t until = now_ns() + static_cast<std::uint64_t>(i % 40) * 5'000;
      while (now_ns() < until) {
      }
      send_text(pair.peer, "a");
    }
  });
  for (int i = 0; i < rounds && !gave_up; ++i) {
    if (i % 3 == 0) (void)poller.wait(0);
    if (i % 5 == 0) (void)poller.wait(20'000);
    const std::uint64_t begin = now_ns();
    if (!readable(1, 4 * patience_ns) || now_ns() - begin > patience_ns) {
      ADD_FAILURE() << "round " << i << ": the wait ended after " << (now_ns() - begin) / ms_ns << " ms";
      gave_up = true;
    }
    if (i % 7 == 0) (void)poller.wait(0);  // before the receive, which makes the system tell again
    EXPECT_EQ(receive_bytes(pair.watched, 10), 1U);
    if (i % 11 == 0) (void)poller.wait(0);
    seen = i + 1;
  }
  sender.join();
}

TEST_F(ReadinessPollerTest, ASocketThatIsAlwaysReadyDoesNotHideAnother) {
  Pair loud;
  Pair quiet;
  poller.add(loud.watched.native(), 1, ReadinessPoller::reading);
  poller.add(quiet.watched.native(), 2, ReadinessPoller::reading);
  send_text(loud.peer, "a");
  ASSERT_TRUE(readable(1, patience_ns));
  send_text(quiet.peer, "a");
  bool heard = false;
  for (const std::uint64_t end = now_ns() + patience_ns; !heard && now_ns() < end;)
    for (const ReadinessPoller::Event& event : poller.wait(ms_ns)) heard = heard || event.key == 2;
  EXPECT_TRUE(heard);
}

// The rest of a wait that returns early is waited anew, as the generator does.
TEST_F(ReadinessPollerTest, WaitsEndInTimeAndCostLittle) {
  Pair pair;
  poller.add(pair.watched.native(), 1, ReadinessPoller::reading);
  std::uint64_t begin = now_ns();
  EXPECT_TRUE(poller.wait(0).empty());
  EXPECT_LT(now_ns() - begin, 500 * ms_ns);
  for (const std::uint64_t timeout_ns : {300'000u, 2'000'000u, 20'000'000u}) {
    // A second, so that steps of the CPU clock (16 ms on Windows) do not matter.
    const std::uint64_t cpu_before = thread_cpu_ns();
    begin = now_ns();
    std::uint64_t longest = 0;
    std::uint64_t waits = 0;
    std::uint64_t now = begin;
    for (; now < begin + 1'000 * ms_ns; ++waits) {
      EXPECT_TRUE(poller.wait(timeout_ns).empty());
      longest = std::max(longest, now_ns() - now);
      now = now_ns();
    }
    EXPECT_LT(longest, timeout_ns + 500 * ms_ns) << "of " << timeout_ns << " ns";
    if (timeout_ns < ReadinessPoller::shortest_sleep_ns()) continue;  // it is documented not to sleep
    const double used = static_cast<double>(thread_cpu_ns() - cpu_before) / static_cast<double>(now - begin);
    EXPECT_LT(used, 0.3) << "of " << timeout_ns << " ns: it spins";
    EXPECT_LE(waits, 2 * 1'000 * ms_ns / timeout_ns) << "of " << timeout_ns << " ns: it returns early";
  }
}

TEST_F(ReadinessPollerTest, WaitsNothingInAnEmptySetToo) {
  const std::uint64_t begin = now_ns();
  EXPECT_TRUE(poller.wait(0).empty());
  EXPECT_TRUE(poller.wait(20 * ms_ns).empty());
  EXPECT_LT(now_ns() - begin, 1'000 * ms_ns);
}

TEST_F(ReadinessPollerTest, FindsTheReadyOnesAmongMany) {
  constexpr std::size_t count = 300;
  const std::uint64_t most = raise_open_file_limit();
  if (most != 0 && most < 2 * count + 100) GTEST_SKIP() << "this process may have " << most << " open files";
  std::vector<Pair> pairs(count);
  for (std::size_t i = 0; i < count; ++i) poller.add(pairs[i].watched.native(), i, ReadinessPoller::reading);
  const auto ready = [&](std::size_t expected) {
    std::set<std::size_t> keys;
    for (const std::uint64_t end = now_ns() + patience_ns; keys.size() < expected && now_ns() < end;) {
      std::vector<std::size_t> now_ready;
      for (const ReadinessPoller::Event& event : poller.wait(ms_ns)) now_ready.push_back(event.key);
      for (const std::size_t key : now_ready)
        if (receive_bytes(pairs[key].watched, 10) == 1) keys.insert(key);
    }
    return keys;
  };
  for (const Pair& pair : pairs) send_text(pair.peer, "a");
  EXPECT_EQ(ready(count).size(), count);
  EXPECT_TRUE(all_is_quiet());
  for (const std::size_t i : {0u, 150u, 299u}) send_text(pairs[i].peer, "a");
  EXPECT_EQ(ready(3), (std::set<std::size_t>{0, 150, 299}));
  EXPECT_TRUE(all_is_quiet());
  for (std::size_t i = 0; i < count; i += 2) poller.remove(pairs[i].watched.native(), i);
  for (const Pair& pair : pairs) send_text(pair.peer, "a");
  EXPECT_EQ(ready(count / 2).size(), count / 2);
  EXPECT_TRUE(all_is_quiet());
}

TEST_F(ReadinessPollerTest, LeavesNoHandleBehind) {
  Pair pair;
  const auto use = [&pair] {
    ReadinessPoller one;
    one.add(pair.watched.native(), 1, ReadinessPoller::reading);
    EXPECT_TRUE(one.wait(1'000).empty());
    one.remove(pair.watched.native(), 1);
  };
  use();  // what is made once per process
  const auto before = open_handle_count();
  if (!before) GTEST_SKIP() << "this system does not count a process's handles";
  for (int i = 0; i < 100; ++i) use();
  EXPECT_LT(*open_handle_count(), *before + 20);
}

}  // namespace
}  // namespace recvbench
