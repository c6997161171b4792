// Records what a document promises, what the test saw, and the skip where Wine differs.
#include "engines/tests/semantics/documented.h"

#include <utility>

#include "platform/system_info.h"

namespace recvbench {
namespace {

void skip_on_wine(const Promise& promise) {
  GTEST_SKIP() << "Wine: " << *promise.wine << "; Windows: " << promise.outcome;
}

}  // namespace

const std::string& expected_outcome(const Promise& promise, bool under_wine) {
  return under_wine && promise.wine ? *promise.wine : promise.outcome;
}

Documented::Documented(Promise promise) : promise_(std::move(promise)), under_wine_(running_under_wine()) {}

Documented::~Documented() {
  if (!asked_ && !testing::Test::HasFailure() && !testing::Test::IsSkipped()) {
    ADD_FAILURE() << "nothing was observed of: " << promise_.sentence;
  }
  if (matched_ && under_wine_ && promise_.wine) skip_on_wine(promise_);
}

testing::AssertionResult Documented::matches(const std::string& observed) {
  if (asked_) return testing::AssertionFailure() << "a second observation: " << observed;
  asked_ = true;
  testing::Test::RecordProperty("document", promise_.document);
  testing::Test::RecordProperty("sentence", promise_.sentence);
  testing::Test::RecordProperty("documented", promise_.outcome);
  testing::Test::RecordProperty("system", under_wine_ ? "Wine" : "Windows");
  testing::Test::RecordProperty("observed", observed);
  const std::string& expected = expected_outcome(promise_, under_wine_);
  matched_ = observed == expected;
  if (matched_) return testing::AssertionSuccess();
  return testing::AssertionFailure() << promise_.document << ": \"" << promise_.sentence << "\"\n  expected "
                                     << (under_wine_ && promise_.wine ? "under Wine: " : "by the document: ")
                                     << expected << "\n  observed: " << observed;
}

}  // namespace recvbench
