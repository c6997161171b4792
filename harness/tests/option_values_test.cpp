#include "harness/plan/option_values.h"

#include <gtest/gtest.h>

#include <string>

#include "harness/plan/scenario.h"
#include "harness/plan/usage_error.h"

namespace recvbench {
namespace {

using Part = MessageSizes::Part;

MessageSizes sizes(const char* text) {
  return message_sizes_from("--size", text);
}

TEST(MessageSizesText, IsOneSizeARangeOrAMix) {
  EXPECT_EQ(sizes("64"), MessageSizes(64));
  EXPECT_EQ(sizes("1kb"), MessageSizes(1024));
  EXPECT_EQ(sizes("64-1kb"), MessageSizes({Part{64, 1024, 1}}));
  EXPECT_EQ(sizes("9x64+1500"), MessageSizes({Part{64, 64, 9}, Part{1500, 1500, 1}}));
  EXPECT_EQ(sizes("2x64-128+3x1mb"), MessageSizes({Part{64, 128, 2}, Part{1 << 20, 1 << 20, 3}}));
  EXPECT_EQ(sizes("1x64-64"), MessageSizes(64));
}

TEST(MessageSizesText, EverythingElseIsRefusedWithTheOptionAndWhatIsAllowed) {
  for (const char* bad :
       {"",       "39",         "17mb", "64-", "-64",    "128-64", "64-39",  "x64",      "0x64", "1.5x64",
        "2m5x64", "1000001x64", "64+",  "+64", "64++65", "2x",     "2x3x64", "64-65-66", "64*9", "9 x64"}) {
    try {
      sizes(bad);
      ADD_FAILURE() << bad << " was accepted";
    } catch (const UsageError& error) {
      EXPECT_EQ(std::string(error.what()).find(std::string("--size ") + bad + ": 40"), 0u) << error.what();
    }
  }
  std::string many = "64";
  for (int i = 0; i < 32; ++i) many += "+64";
  EXPECT_THROW(sizes(many.c_str()), UsageError);
}

TEST(MessageSizesText, IsShownShort) {
  EXPECT_EQ(sizes_text(sizes("64")), "64B");
  EXPECT_EQ(sizes_text(sizes("65536")), "64KiB");
  EXPECT_EQ(sizes_text(sizes("64-1kb")), "64-1024B");
  EXPECT_EQ(sizes_text(sizes("9x64+1500")), "9x64+1500B");
  EXPECT_EQ(sizes_text(sizes("2x64-128+3x1500")), "2x64-128+3x1500B");
}

}  // namespace
}  // namespace recvbench
