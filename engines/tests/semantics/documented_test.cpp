// Which of its two outcomes a promise expects where, and that none is left unchecked.
#include "engines/tests/semantics/documented.h"

#include <gtest/gtest-spi.h>

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

TEST(ExpectedOutcome, IsWhatWindowsIsKnownToDoWhereTheDocumentIsWrong) {
  const Promise promise{"WSARecv", "...", "promised", wine_as_windows, on_windows("done")};
  EXPECT_EQ(expected_outcome(promise, false), "done");
  EXPECT_EQ(expected_outcome(promise, true), "done");
}

TEST(ExpectedOutcome, IsWinesUnderWineWhereAllThreeDiffer) {
  const Promise promise{"WSARecv", "...", "promised", on_wine("seen"), on_windows("done")};
  EXPECT_EQ(expected_outcome(promise, false), "done");
  EXPECT_EQ(expected_outcome(promise, true), "seen");
}

TEST(DocumentedSentence, FailsWhereNothingIsObserved) {
  EXPECT_NONFATAL_FAILURE(Documented({"WSARecv", "some sentence", "promised"}),
                          "nothing was observed of: some sentence");
}

}  // namespace
}  // namespace recvbench
