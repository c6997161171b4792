// Threads at a completion port: how many it lets run, which of them it wakes, and what they see of its end.
#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "engines/tests/semantics/documented.h"
#include "engines/tests/semantics/receive.h"
#include "platform/clock.h"

namespace recvbench {
namespace {

class PortThreads : public testing::Test {};

constexpr const char* document = "I/O Completion Ports";
constexpr const char* limits =
    "When the total number of runnable threads associated with the completion port reaches the concurrency "
    "value, the system blocks the execution of any subsequent threads associated with that completion port";

// So many threads take one packet each from a port that has one for each of them, and then do `work` until
// they are released. Counts the packets taken.
class Takers {
 public:
  enum class Work { running, waiting };

  Takers(DWORD concurrency, int threads, Work work, const std::function<void(HANDLE)>& prepare = {})
      : port_(concurrency), wanted_(threads) {
    if (prepare) prepare(port_.handle());
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this, work] { take(work); });
    for (int i = 0; i < threads; ++i) port_.post(0, 0, nullptr);
  }
  ~Takers() {
    release();
    for (std::thread& thread : threads_) thread.join();
  }
  Takers(const Takers&) = delete;
  Takers& operator=(const Takers&) = delete;

  // Packets taken: waits for `least`, then watches for all of them.
  int taken_after_watching(int least) {
    EXPECT_TRUE(wait_until([&] { return taken_ >= least; }));
    all_taken_.wait(wine_watch_ms);
    return taken_;
  }

 private:
  void take(Work work) {
    if (!port_.take().succeeded) return;
    if (++taken_ == wanted_) WSASetEvent(all_taken_.handle());
    if (work == Work::waiting) {
      released_.wait(patience_ms);
      return;
    }
    const std::uint64_t deadline = now_ns() + std::uint64_t{patience_ms} * 1'000'000;
    while (!spun_enough_ && now_ns() < deadline) {
    }
  }
  void release() {
    spun_enough_ = true;
    WSASetEvent(released_.handle());
  }

  Port port_;
  const int wanted_;
  Event all_taken_;
  Event released_;
  std::atomic<bool> spun_enough_ = false;
  std::atomic<int> taken_ = 0;
  std::vector<std::thread> threads_;
};

std::string of(int taken, int threads) {
  return std::to_string(taken) + " of " + std::to_string(threads);
}

TEST_F(PortThreads, OneRunsWhereOneMay) {
  Documented sentence({document, limits, "1 of 2", on_wine("2 of 2")});
  Takers takers(1, 2, Takers::Work::running);
  EXPECT_TRUE(sentence.matches(of(takers.taken_after_watching(1), 2)));
}

TEST_F(PortThreads, TwoRunWhereTwoMay) {
  Documented sentence({document, limits, "2 of 3", on_wine("3 of 3")});
  Takers takers(2, 3, Takers::Work::running);
  EXPECT_TRUE(sentence.matches(of(takers.taken_after_watching(2), 3)));
}

TEST_F(PortThreads, AssociatingDoesNotChangeHowManyRun) {
  Documented sentence({"CreateIoCompletionPort",
                       "NumberOfConcurrentThreads: This parameter is ignored if the ExistingCompletionPort "
                       "parameter is not NULL",
                       "1 of 2", on_wine("2 of 2")});
  const NetworkSession session;
  const SocketPair pair = connected_pair();
  Takers takers(1, 2, Takers::Work::running, [&](HANDLE port) {
    ASSERT_NE(CreateIoCompletionPort(reinterpret_cast<HANDLE>(pair.accepted.native()), port, 0, 2), nullptr);
  });
  EXPECT_TRUE(sentence.matches(of(takers.taken_after_watching(1), 2)));
}

TEST_F(PortThreads, AsManyRunAsThereAreProcessors) {
  Documented sentence({"CreateIoCompletionPort",
                       "If this parameter is zero, the system allows as many concurrently running threads as "
                       "there are processors in the system",
                       "as many as processors", on_wine("one more than processors")});
  const int processors = static_cast<int>(GetActiveProcessorCount(ALL_PROCESSOR_GROUPS));
  Takers takers(0, processors + 1, Takers::Work::running);
  const int taken = takers.taken_after_watching(processors);
  EXPECT_TRUE(sentence.matches(taken == processors       ? "as many as processors"
                               : taken == processors + 1 ? "one more than processors"
                                                         : std::to_string(taken)));
}

TEST_F(PortThreads, BlockedOneLetsAnotherRun) {
  Documented sentence({document,
                       "The system also allows a thread waiting in GetQueuedCompletionStatus to process a "
                       "completion packet if another running thread associated with the same I/O completion "
                       "port enters a wait state for other reasons",
                       "2 of 2"});
  Takers takers(1, 2, Takers::Work::waiting);
  EXPECT_TRUE(sentence.matches(of(takers.taken_after_watching(2), 2)));
}

// Waits in a loop; reports each packet it took by its own number.
class Waiter {
 public:
  Waiter(Port& port, int number, std::atomic<int>& last_taker, const Event& taken)
      : thread_([&port, number, &last_taker, &taken] {
          // Key 1 ends the loop.
          for (Packet packet = port.take(); packet.succeeded && packet.key == 0; packet = port.take()) {
            last_taker = number;
            WSASetEvent(taken.handle());
          }
        }) {}
  ~Waiter() { thread_.join(); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

 private:
  std::thread thread_;
};

// With a concurrency value of 1, last in, first out means that one thread takes packet after packet: while it
// runs, no other may; where it waits again, it is the last that began to. (A thread that begins to wait late
// interrupts it once.) A pause before each packet lets the thread wait again, so that another order shows as
// well.
TEST_F(PortThreads, AreReleasedLastInFirstOut) {
  constexpr int in_a_row = 32;
  constexpr int packets = 160;
  constexpr int threads = 4;
  Documented sentence({document,
                       "Threads that block their execution on an I/O completion port are released in "
                       "last-in-first-out (LIFO) order",
                       "one thread takes 32 in a row", on_wine("the threads take turns")});
  Port port;
  const Event never;
  const Event taken;
  std::atomic<int> last_taker = -1;
  int longest = 0;
  {
    std::vector<std::unique_ptr<Waiter>> waiters;
    for (int i = 0; i < threads; ++i) {
      waiters.push_back(std::make_unique<Waiter>(port, i, last_taker, taken));
    }
    int taker = -1;
    int run = 0;
    for (int i = 0; i < packets && longest < in_a_row; ++i) {
      WSAResetEvent(taken.handle());
      never.wait(1);
      port.post(0, 0, nullptr);
      if (!taken.wait(patience_ms)) {
        ADD_FAILURE() << "a packet was not taken";
        break;
      }
      run = last_taker == taker ? run + 1 : 1;
      taker = last_taker;
      longest = std::max(longest, run);
    }
    for (int i = 0; i < threads; ++i) port.post(0, 1, nullptr);
  }
  EXPECT_TRUE(
      sentence.matches(longest >= in_a_row ? "one thread takes 32 in a row" : "the threads take turns"));
}

// One wait of at most watch_ms at a port; what it says where it takes nothing.
DWORD wait_for_one(HANDLE port) {
  DWORD bytes = 0;
  ULONG_PTR key = 0;
  OVERLAPPED* overlapped = nullptr;
  return GetQueuedCompletionStatus(port, &bytes, &key, &overlapped, watch_ms) ? NO_ERROR : GetLastError();
}
DWORD wait_for_several(HANDLE port) {
  OVERLAPPED_ENTRY entries[4];
  ULONG taken = 0;
  return GetQueuedCompletionStatusEx(port, entries, 4, &taken, watch_ms, FALSE) ? NO_ERROR : GetLastError();
}

// What `wait` says whose port is closed meanwhile.
DWORD error_of_closed(DWORD (*wait)(HANDLE)) {
  const HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 1);
  EXPECT_NE(port, nullptr);
  const Event calls;
  DWORD error = NO_ERROR;
  std::thread waiter([&] {
    WSASetEvent(calls.handle());
    error = wait(port);
  });
  EXPECT_TRUE(calls.wait(patience_ms));
  std::this_thread::sleep_for(
      std::chrono::milliseconds(10));  // nothing tells when the call has begun to wait
  CloseHandle(port);
  waiter.join();
  return error;
}

// A call that began only after the port was closed says so: it is made again.
std::string outcome_of_closed(DWORD (*wait)(HANDLE)) {
  DWORD error = ERROR_INVALID_HANDLE;
  for (int i = 0; i < 20 && error == ERROR_INVALID_HANDLE; ++i) error = error_of_closed(wait);
  return win32_error_text(error);
}

TEST_F(PortThreads, SeeThePortClosed) {
  Documented sentence({"GetQueuedCompletionStatus",
                       "If a call to GetQueuedCompletionStatus fails because the completion port handle "
                       "associated with it is closed while the call is outstanding, the function returns "
                       "FALSE ... and GetLastError will return ERROR_ABANDONED_WAIT_0",
                       "ERROR_ABANDONED_WAIT_0", on_wine("WAIT_TIMEOUT")});
  EXPECT_TRUE(sentence.matches(outcome_of_closed(&wait_for_one)));
}

TEST_F(PortThreads, SeeThePortClosedWhereTheyTakeSeveral) {
  Documented sentence(
      {"GetQueuedCompletionStatusEx",
       "If a call to GetQueuedCompletionStatusEx fails because the handle associated with it is closed, the "
       "function returns FALSE and GetLastError will return ERROR_ABANDONED_WAIT_0",
       "ERROR_ABANDONED_WAIT_0", on_wine("WAIT_TIMEOUT")});
  EXPECT_TRUE(sentence.matches(outcome_of_closed(&wait_for_several)));
}

}  // namespace
}  // namespace recvbench
