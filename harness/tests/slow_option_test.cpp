#include "harness/plan/slow_option.h"

#include <gtest/gtest.h>

#include "harness/plan/usage_error.h"

namespace recvbench {
namespace {

constexpr std::uint64_t ms = 1'000'000;

std::uint32_t share(const char* text, std::uint32_t connections) {
  return slow_share_from("--slow-writers", text).of(connections);
}

TEST(SlowShare, IsANumberOrAShareOfTheConnections) {
  EXPECT_EQ(share("0", 8), 0u);
  EXPECT_EQ(share("3", 8), 3u);
  EXPECT_EQ(share("1k", 8), 1000u);  // the plan says that there are not as many
  EXPECT_EQ(share("0%", 8), 0u);
  EXPECT_EQ(share("10%", 1000), 100u);
  EXPECT_EQ(share("10%", 24), 2u);
  EXPECT_EQ(share("10%", 8), 1u);
  EXPECT_EQ(share("0.1%", 8), 1u) << "a share of nothing at all would be none";
  EXPECT_EQ(share("99%", 100), 99u);
}

template <class Parse>
std::string error_of(Parse parse, const char* text) {
  try {
    parse("--option", text);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

TEST(SlowShare, RefusesEverythingElse) {
  for (const char* bad : {"", "%", "-1", "1.5", "60001", "100%", "-5%", "ten", "10 %", "1:2"})
    EXPECT_EQ(error_of(slow_share_from, bad), std::string("--option ") + bad +
                                                  ": connections, 0 to 60000, or a share of them below 100%, "
                                                  "such as 10%");
}

TEST(WritePieces, AreANumberAndAGap) {
  EXPECT_EQ(write_pieces_from("", "4:1ms"), (SlowWriters{0, 4, ms}));
  EXPECT_EQ(write_pieces_from("", "1k:1s"), (SlowWriters{0, 1000, 1000 * ms}));
  EXPECT_EQ(pieces_text(write_pieces_from("", "64:250us")), "64:250us");
  for (const char* bad :
       {"", "4", "4:", ":1ms", "1:1ms", "1001:1ms", "2.5:1ms", "4:0", "4:2s", "4:1ms:1", "4x1ms"})
    EXPECT_EQ(error_of(write_pieces_from, bad),
              std::string("--option ") + bad +
                  ": PIECES:GAP, 2 to 1000 of a message up to 1s apart, such as 4:1ms");
}

TEST(ReadPieces, AreBytesAndAGapThatKeepThePeerAlive) {
  EXPECT_EQ(read_pieces_from("", "1kb:10ms"), (SlowReaders{0, 1024, 10 * ms}));
  EXPECT_EQ(read_pieces_from("", "64kb:1s"), (SlowReaders{0, 65536, 1000 * ms}));
  EXPECT_EQ(pieces_text(read_pieces_from("", "256kb:1s")), "256KiB:1s");
  for (const char* bad : {"", "1kb", "1kb:", ":1ms", "0:1ms", "257kb:1s", "1kb:0", "1kb:2s"})
    EXPECT_EQ(
        error_of(read_pieces_from, bad).find(std::string("--option ") + bad + ": BYTES:GAP, 1 to 256KiB"), 0u)
        << bad;
  for (const char* starving : {"1:1ms", "63kb:1s", "1kb:20ms"})
    EXPECT_EQ(error_of(read_pieces_from, starving),
              std::string("--option ") + starving +
                  ": at least 64KiB a second, since a peer that takes too little in 2 s is given up as gone");
}

TEST(SlowPeers, AsTheyAreUsuallyAreAllowed) {
  EXPECT_EQ(write_pieces_from("", pieces_text(SlowWriters{})), SlowWriters{});
  EXPECT_EQ(read_pieces_from("", pieces_text(SlowReaders{})), SlowReaders{});
}

}  // namespace
}  // namespace recvbench
