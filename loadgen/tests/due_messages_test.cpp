// Queues over one pool: order, sizes and times, whatever the interleaving; memory is used again.
#include "loadgen/due_messages.h"

#include <array>
#include <deque>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

TEST(DueMessages, AQueueGivesBackItsOwnTimesInOrder) {
  DuePool pool;
  DueQueue a, b;
  pool.push(a, 10);
  pool.push(b, 11);
  pool.push(a, 10);  // two may be due together
  pool.push(a, 12);
  EXPECT_EQ(a.size(), 3u);
  EXPECT_EQ(b.size(), 1u);
  ASSERT_NE(a.first(), nullptr);
  EXPECT_EQ(a.first()->intended_ns, 10u);
  EXPECT_EQ(a.first()->next->next->intended_ns, 12u);
  EXPECT_EQ(a.first()->next->next->next, nullptr);
  EXPECT_EQ(pool.pop(a), 10u);
  EXPECT_EQ(pool.pop(b), 11u);
  EXPECT_EQ(pool.pop(a), 10u);
  EXPECT_EQ(pool.pop(a), 12u);
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(a.first(), nullptr);
  EXPECT_TRUE(b.empty());
}

TEST(DueMessages, AnEmptiedQueueStartsAnew) {
  DuePool pool;
  DueQueue queue;
  for (std::uint64_t time : {5u, 6u, 7u}) pool.push(queue, time);
  pool.clear(queue);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.first(), nullptr);
  pool.push(queue, 8);
  EXPECT_EQ(queue.first()->next, nullptr);
  EXPECT_EQ(pool.pop(queue), 8u);
}

TEST(DueMessages, AnyInterleavingOverMoreThanOneChunkMatchesDeques) {
  DuePool pool;
  std::array<DueQueue, 3> queues;
  std::array<std::deque<std::uint64_t>, 3> expected;
  std::mt19937_64 random(7);
  for (std::uint64_t step = 0; step < 20 * DuePool::chunk_messages; ++step) {
    const std::size_t i = random() % queues.size();
    // Grows in the first half, shrinks in the second.
    const bool push = random() % 100 < (step < 10 * DuePool::chunk_messages ? 60u : 40u);
    if (push || queues[i].empty()) {
      pool.push(queues[i], step);
      expected[i].push_back(step);
    } else {
      ASSERT_EQ(pool.pop(queues[i]), expected[i].front());
      expected[i].pop_front();
    }
    ASSERT_EQ(queues[i].size(), expected[i].size());
  }
  for (std::size_t i = 0; i < queues.size(); ++i) {
    for (const std::uint64_t time : expected[i]) ASSERT_EQ(pool.pop(queues[i]), time);
    EXPECT_TRUE(queues[i].empty());
  }
}

TEST(DueMessages, ALoadThatKeepsUpUsesTheSameMemoryAgain) {
  DuePool pool;
  DueQueue queue;
  std::set<const DueMessage*> used;
  for (std::uint64_t time = 0; time < 3 * DuePool::chunk_messages; ++time) {
    pool.push(queue, time);
    used.insert(queue.first());
    pool.pop(queue);
  }
  EXPECT_EQ(used.size(), 1u);
}

}  // namespace
}  // namespace recvbench
