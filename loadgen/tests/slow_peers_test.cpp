// Which connections are slow, how messages fall into pieces, and when pauses end.
#include "loadgen/slow_peers.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "loadgen/pause_queue.h"

namespace recvbench {
namespace {

TEST(SlowPeers, AreTheLowestNumbersWritersFirst) {
  struct Row {
    std::uint32_t writers, readers;
    const char* kinds;  // of the connections 0 .. 4
  };
  for (const Row& row :
       {Row{0, 0, "....."}, Row{2, 0, "ww..."}, Row{0, 2, "rr..."}, Row{1, 3, "wrrr."}, Row{5, 0, "wwwww"}}) {
    SlowPeers slow;
    slow.writers.connections = row.writers;
    slow.readers.connections = row.readers;
    std::string kinds;
    for (std::uint32_t number = 0; number < 5; ++number) {
      EXPECT_FALSE(slow.writes_slowly(number) && slow.reads_slowly(number));
      EXPECT_EQ(slow.is_slow(number), slow.writes_slowly(number) || slow.reads_slowly(number));
      kinds += slow.writes_slowly(number) ? 'w' : slow.reads_slowly(number) ? 'r' : '.';
    }
    EXPECT_EQ(kinds, row.kinds);
  }
}

TEST(SlowPeers, MessagesFallIntoPiecesThatDifferByAByteAtMost) {
  struct Row {
    std::size_t bytes, pieces;
    std::vector<std::size_t> lengths;
  };
  for (const Row& row : {Row{64, 4, {16, 16, 16, 16}}, Row{64, 1, {64}}, Row{10, 4, {2, 2, 3, 3}},
                         Row{41, 2, {20, 21}}, Row{3, 8, {1, 1, 1}}, Row{4, 4, {1, 1, 1, 1}}}) {
    std::vector<std::size_t> lengths;
    std::size_t pieces = row.pieces;
    for (std::size_t left = row.bytes; left > 0; left -= lengths.back())
      lengths.push_back(next_piece(left, pieces--));
    EXPECT_EQ(lengths, row.lengths) << row.bytes << " bytes in " << row.pieces;
  }
}

TEST(PauseQueue, GivesPausesBackInTheOrderOfTheirEnds) {
  PauseQueue queue(2);
  EXPECT_EQ(queue.next_ns(), PauseQueue::never);
  queue.push(10, 7);
  queue.push(10, 3);
  for (std::uint64_t i = 0; i < 5; ++i) {  // more than it holds at one time
    EXPECT_EQ(queue.next_ns(), 10 + i / 2);
    const PauseQueue::Pause first = queue.pop();
    EXPECT_EQ(first.end_ns, 10 + i / 2);
    EXPECT_EQ(first.index, i % 2 == 0 ? 7U : 3U);
    queue.push(11 + i / 2, first.index);
  }
  queue.pop();
  queue.pop();
  EXPECT_EQ(queue.next_ns(), PauseQueue::never);
  EXPECT_EQ(PauseQueue(0).next_ns(), PauseQueue::never);
}

}  // namespace
}  // namespace recvbench
