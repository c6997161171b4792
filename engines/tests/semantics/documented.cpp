// Records what a document promises, what the test saw, and the skip where Wine differs.
#include "engines/tests/semantics/documented.h"

#include <utility>

#include "platform/system_info.h"

namespace recvbench {
namespace {

void skip_on_wine(const Promise& promise) {
  GTEST_SKIP() << "Wine: " << *promise.wine << "; Windows: " << expected_outcome(promise, false);
}

void record(const Promise& promise) {
  testing::Test::RecordProperty("document", promise.document);
  testing::Test::RecordProperty("sentence", promise.sentence);
  testing::Test::RecordProperty("documented", promise.outcome);
  testing::Test::RecordProperty("windows", expected_outcome(promise, false));
}

const char* whose_expectation(const Promise& promise, bool under_wine) {
  if (under_wine && promise.wine) return "under Wine";
  return promise.windows ? "of Windows" : "by the document";
}

std::string system_name() {
  const SystemInfo info = system_info();
  return info.wine_version.empty() ? info.os : "Wine " + info.wine_version;
}

}  // namespace

const std::string& expected_outcome(const Promise& promise, bool under_wine) {
  if (under_wine && promise.wine) return *promise.wine;
  return promise.windows ? *promise.windows : promise.outcome;
}

Documented::Documented(Promise promise) : promise_(std::move(promise)), under_wine_(running_under_wine()) {}

Documented::~Documented() {
  if (!asked_ && testing::Test::IsSkipped()) {
    record(promise_);
  } else if (!asked_ && !testing::Test::HasFailure()) {
    ADD_FAILURE() << "nothing was observed of: " << promise_.sentence;
  }
  if (matched_ && under_wine_ && promise_.wine) skip_on_wine(promise_);
}

testing::AssertionResult Documented::matches(const std::string& observed) {
  if (asked_) return testing::AssertionFailure() << "a second observation: " << observed;
  asked_ = true;
  record(promise_);
  testing::Test::RecordProperty("system", system_name());
  testing::Test::RecordProperty("observed", observed);
  const std::string& expected = expected_outcome(promise_, under_wine_);
  matched_ = observed == expected;
  if (matched_) return testing::AssertionSuccess();
  return testing::AssertionFailure() << promise_.document << ": \"" << promise_.sentence << "\"\n  expected "
                                     << whose_expectation(promise_, under_wine_) << ": " << expected
                                     << "\n  observed: " << observed;
}

}  // namespace recvbench
