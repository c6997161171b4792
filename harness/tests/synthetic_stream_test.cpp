#include "harness/receiver/synthetic_stream.h"

#include "harness/tests/accounting_fixture.h"

namespace recvbench {
namespace {

TEST(SyntheticStream, GreetsAndThenYieldsWhatTheAccountingExpects) {
  const Expectation expectation{run_id, 8, 64, Workload::sink, true};
  MeasuredWindow window;
  window.set(1, UINT64_MAX);
  ConnectionTallies tallies(0, 0);
  MessageAccount account(expectation, window, tallies);
  SyntheticStream stream(run_id, 5, 64, 1, UINT64_MAX, true);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(account.receive(stream.state, no_socket, stream.next_receive()));
  const ReceiveTotals totals = account.totals();
  EXPECT_EQ(totals.greeted, 1u);
  EXPECT_EQ(totals.messages, 3u);
  EXPECT_EQ(totals.corrupt + totals.out_of_sequence + totals.strangers, 0u);
}

TEST(SyntheticStream, YieldsEveryLengthThatTheAccountingExpects) {
  const MessageSizes sizes({{64, 300, 1}, {1500, 1500, 2}});
  const Expectation expectation{run_id, 8, sizes, Workload::sink, true, 9};
  const MeasuredWindow window;
  ConnectionTallies tallies(0, 0);
  MessageAccount account(expectation, window, tallies);
  SyntheticStream stream(run_id, 5, sizes, 9, UINT64_MAX, true);
  for (int i = 0; i < 101; ++i) ASSERT_TRUE(account.receive(stream.state, no_socket, stream.next_receive()));
  EXPECT_EQ(account.totals().messages, 100u);
  EXPECT_EQ(account.totals().corrupt, 0u);
}

TEST(SyntheticStream, EndsWithTheWindow) {
  SyntheticStream stream(run_id, 5, 64, 1, 1, false);
  EXPECT_EQ(stream.next_receive().size(), header_bytes);
  EXPECT_TRUE(stream.next_receive().empty());
}

}  // namespace
}  // namespace recvbench
