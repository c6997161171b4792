// Which of its two outcomes a promise expects where.
#include "engines/tests/semantics/documented.h"

namespace recvbench {
namespace {

TEST(ExpectedOutcome, IsTheDocumentsOnWindows) {
  EXPECT_EQ(expected_outcome({"WSARecv", "...", "promised", "seen"}, false), "promised");
}

TEST(ExpectedOutcome, IsWinesUnderWineWhereItDiffers) {
  EXPECT_EQ(expected_outcome({"WSARecv", "...", "promised", "seen"}, true), "seen");
}

TEST(ExpectedOutcome, IsTheDocumentsUnderWineWhereItDoesNotDiffer) {
  EXPECT_EQ(expected_outcome({"WSARecv", "...", "promised", {}}, true), "promised");
}

}  // namespace
}  // namespace recvbench
