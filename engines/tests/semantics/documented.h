// A sentence of the Winsock documents as a test's expectation.
//
// Windows must do what the document promises. Where Wine is known to do something else, the test runs there
// all the same and must see exactly that; only then is it reported as skipped. A change in Wine so fails the
// test instead of hiding behind its skip.
//
//   Documented sentence({"WSARecv", "MSG_OOB was specified, but the socket is not stream-style",
//   "WSAEOPNOTSUPP"}); EXPECT_TRUE(sentence.matches(describe(receive(socket, buffer, MSG_OOB))));
//
// Each test records the properties document, sentence, documented, observed and system ("Windows" or "Wine"),
// from which a table of promises and observations can be made.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace recvbench {

struct Promise {
  std::string document;                            // "WSARecv"
  std::string sentence;                            // quoted from it, shortened with "..."
  std::string outcome;                             // what a test sees where the sentence holds
  std::optional<std::string> wine = std::nullopt;  // what it sees under Wine; empty = the same
};

// Marks a promise's last member where one is written down.
inline std::optional<std::string> on_wine(std::string outcome) {
  return outcome;
}

// What a test must see on Windows or under Wine.
const std::string& expected_outcome(const Promise& promise, bool under_wine);

// Compares one test's observation with its promise. Lives in the test's body; must be given an observation
// before it ends, unless the test has been skipped or has failed before. Not for use from several threads.
class Documented {
 public:
  explicit Documented(Promise promise);
  ~Documented();
  Documented(const Documented&) = delete;
  Documented& operator=(const Documented&) = delete;

  // To be asked once a test.
  testing::AssertionResult matches(const std::string& observed);

 private:
  Promise promise_;
  bool under_wine_;
  bool matched_ = false;
  bool asked_ = false;
};

}  // namespace recvbench
