// A sentence of the Winsock documents as a test's expectation.
//
// Windows must do what the document promises, or what it is known to do where the document is wrong. Where
// Wine is known to do something else, the test runs there all the same and must see exactly that; only then
// is it reported as skipped. A change in Wine so fails the test instead of hiding behind its skip.
//
//   Documented sentence({"WSARecv", "MSG_OOB was specified, but the socket is not stream-style",
//   "WSAEOPNOTSUPP"}); EXPECT_TRUE(sentence.matches(describe(receive(socket, buffer, MSG_OOB))));
//
// Each test records the properties document, sentence, documented, windows (what Windows must show) and,
// unless it was skipped before it saw anything, system ("Wine 8.0", "Windows 10.0.22631") and observed.
// scripts/semantics-table makes engines/semantics.md of them.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace recvbench {

struct Promise {
  std::string document;                            // "WSARecv"
  std::string sentence;                            // quoted from it, shortened with "..."
  std::string outcome;                             // what a test sees where the sentence holds
  std::optional<std::string> wine = std::nullopt;  // what it sees under Wine; empty = as on Windows
  // What it is known to see on Windows against the document, the source beside it; empty = the document
  // holds.
  std::optional<std::string> windows = std::nullopt;
};

// Name a promise's last members where one is written down.
inline std::optional<std::string> on_wine(std::string outcome) {
  return outcome;
}
inline constexpr std::nullopt_t wine_as_windows = std::nullopt;
inline std::optional<std::string> on_windows(std::string outcome) {
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
