// On the per-receive path nothing is allocated (engine.h): by no engine, in any of its mechanisms.
#include "engines/tests/conformance/engine_test.h"

#include <memory>
#include <thread>
#include <vector>

#include "engines/tests/allocation/counting_new.h"

namespace recvbench {
namespace {

using AllocationTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Engines, AllocationTest, ::testing::ValuesIn(socket_engines()), print_case);
INSTANTIATE_TEST_SUITE_P(Mechanisms, AllocationTest,
                         ::testing::ValuesIn(socket_engines_with_each_mechanism()), print_case);

TEST(CountingNew, CountsOnlyWhatItIsToldTo) {
  // A thread of its own, which is watched no longer than this case lasts.
  std::thread([] {
    const auto allocate = [] {
      const auto memory = std::make_unique<volatile int>(1);  // volatile, or the compiler does without
      *memory = 2;
    };
    count_allocations(true);
    allocate();
    EXPECT_EQ(allocations_counted(), 0u);
    watch_this_thread();
    allocate();
    allocate();
    EXPECT_EQ(allocations_counted(), 2u);
    count_allocations(false);
    allocate();
    EXPECT_EQ(allocations_counted(), 2u);
  }).join();
}

// Asio's strands pass memory on from thread to thread, so that one's cache runs dry now and then.
bool has_strands(const EngineCase& one) {
  const Setting* contexts = one.engine->find_setting("contexts");
  return contexts != nullptr && one.settings.get(*contexts) != contexts->initial;
}

// An emulation stands in for the system, whose memory is not the engine's: what it queues may grow now and
// then.
std::uint64_t allowed(const EngineCase& one, std::uint64_t receives) {
  if (has_strands(one)) return receives / 10;
  return one.engine->probe().emulated ? receives / 100 : 0;
}

TEST_P(AllocationTest, ReceivesAllocateNothing) {
  constexpr int rounds = 500;
  Rig rig(engine(), settings());
  rig.start();
  std::vector<Client> clients(4);
  for (auto& client : clients) {
    client = rig.connect([](Connection&, std::span<const std::byte>) {
      watch_this_thread();
      return true;
    });
  }
  const auto speak = [&](int times) {
    for (int i = 0; i < times; ++i) {
      for (auto& client : clients) client.send(100);
      for (auto& client : clients) ASSERT_TRUE(rig.delivered(client));
    }
  };
  // What is made at first use: caches, a vector's capacity.
  speak(50);
  count_allocations(true);
  speak(rounds);
  count_allocations(false);
  const std::uint64_t receives = rounds * clients.size();
  EXPECT_LE(allocations_counted(), allowed(GetParam(), receives)) << "in " << receives << " receives";
}

}  // namespace
}  // namespace recvbench
