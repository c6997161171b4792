// Child processes: exit codes, arguments, ends.
#include "platform/process.h"

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "platform/clock.h"
#include "platform/system_info.h"

namespace recvbench {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds patience{20'000};

std::filesystem::path test_child() {
  std::filesystem::path child = executable_path().parent_path() / "platform_test_child";
  child += executable_path().extension();
  return child;
}

// A file of this process's own, gone at the end of the test.
class ScratchFile {
 public:
  ScratchFile()
      : path_(std::filesystem::temp_directory_path() / ("platform_test_" + std::to_string(process_id()))) {
    std::filesystem::remove(path_);
  }
  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }
  std::string contents() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path path_;
};

TEST(ProcessTest, ThisExecutableExistsAndHasAnId) {
  EXPECT_TRUE(std::filesystem::is_regular_file(executable_path())) << executable_path();
  EXPECT_EQ(executable_path().stem(), "platform_tests");
  EXPECT_NE(process_id(), 0u);
}

TEST(ProcessTest, ExitCodesComeBack) {
  for (const int code : {0, 1, 13, 255}) {
    ChildProcess child(test_child(), {"exit", std::to_string(code)});
    EXPECT_TRUE(child.can_wait());
    EXPECT_EQ(child.wait_exit(patience), code);
    EXPECT_EQ(child.poll_exit(), code) << "asked again";
  }
}

TEST(ProcessTest, AMissingProgramIsAnErrorThatNamesIt) {
  const std::filesystem::path missing = executable_path().parent_path() / "no_such_program";
  try {
    ChildProcess child(missing, {});
    FAIL() << "nothing was thrown";
  } catch (const std::system_error& error) {
    EXPECT_TRUE(error.code() == std::errc::no_such_file_or_directory) << error.what();
    EXPECT_NE(std::string(error.what()).find("no_such_program"), std::string::npos) << error.what();
  }
}

TEST(ProcessTest, ArgumentsArriveAsTheyAre) {
  const std::vector<std::string> arguments = {
      "plain",       "",           "two words", "tab\there",    "\"",     "\"quoted\"", "say \"hi\" now",
      "\\",          "C:\\dir\\",  "C:\\a b\\", "\\\\share\\x", "a\\\"b", "a\\\\\"b",   "ends with \\\\",
      "back\\slash", "*?%PATH%^&", "--key=a b", "'single'",     "$HOME"};
  const ScratchFile file;
  std::vector<std::string> all = {"arguments", file.path().string()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  ChildProcess child(test_child(), all);
  ASSERT_EQ(child.wait_exit(patience), 0);
  std::string expected;
  for (const std::string& argument : arguments) expected += argument + '\0';
  EXPECT_EQ(file.contents(), expected);
}

TEST(ProcessTest, ARunningChildHasNoExitCodeUntilItIsTerminated) {
  ChildProcess child(test_child(), {"sleep"});
  EXPECT_EQ(child.poll_exit(), std::nullopt);
  const std::uint64_t started = now_ns();
  EXPECT_EQ(child.wait_exit(milliseconds(30)), std::nullopt);
  EXPECT_GE(now_ns() - started, 30'000'000u);
  child.terminate();
  EXPECT_EQ(child.wait_exit(patience), 128 + 9);
  child.terminate();  // harmless
  EXPECT_EQ(child.poll_exit(), 128 + 9);
  EXPECT_LT(now_ns() - started, 20'000'000'000u);
}

TEST(ProcessTest, DestructionAndAssignmentEndTheChild) {
  const std::uint64_t started = now_ns();
  {
    ChildProcess child(test_child(), {"sleep"});
    child = ChildProcess(test_child(), {"exit", "5"});
    EXPECT_EQ(child.wait_exit(patience), 5);
    ChildProcess moved = std::move(child);
    EXPECT_FALSE(child.can_wait());
    EXPECT_EQ(child.poll_exit(), std::nullopt);
    EXPECT_EQ(moved.poll_exit(), 5);
    child = ChildProcess(test_child(), {"sleep"});
  }
  EXPECT_LT(now_ns() - started, 30'000'000'000u) << "a child was waited for instead of ended";
}

#ifndef _WIN32
TEST(ProcessTest, EndsAreToldWhereSigchldIsIgnored) {
  std::signal(SIGCHLD, SIG_IGN);  // as a daemon hands it down
  ChildProcess child(test_child(), {"exit", "7"});
  EXPECT_EQ(child.wait_exit(patience), 7);
  std::signal(SIGCHLD, SIG_DFL);
}

TEST(ProcessTest, AChildGetsNoOpenFile) {
  const ScratchFile file;
  std::ofstream open(file.path());  // a stream's descriptor is not closed on exec
  ChildProcess child(test_child(), {"descriptors"});
  EXPECT_EQ(child.wait_exit(patience), 3) << "descriptors that the child has";
}
#endif

TEST(ProcessTest, ALinuxProgramUnderWineStartsButCannotBeWaitedFor) {
  if (!running_under_wine()) GTEST_SKIP() << "not under Wine";
  // Named without a folder: the child shares the working directory, but not the way of writing paths.
  const std::filesystem::path made = "platform_test_" + std::to_string(process_id()) + "_linux";
  // Wine shows the Linux file system as drive Z.
  ChildProcess child("Z:\\bin\\touch", {made.string()});
  EXPECT_FALSE(child.can_wait());
  EXPECT_EQ(child.poll_exit(), std::nullopt);
  EXPECT_EQ(child.wait_exit(milliseconds(10)), std::nullopt);
  child.terminate();  // harmless
  const std::uint64_t give_up = now_ns() + 10'000'000'000;
  while (!std::filesystem::exists(made) && now_ns() < give_up) sleep_until_ns(now_ns() + 5'000'000);
  EXPECT_TRUE(std::filesystem::remove(made)) << "the program did not run";
}

TEST(ProcessTest, InterruptsAskTwiceAndThenEnd) {
  if (std::string(platform_name()) == "windows") {
    GTEST_SKIP()
        << "a console control event would reach every process of this console, the tests' starter included";
  }
  ChildProcess none(test_child(), {"interrupt", "0"});
  EXPECT_EQ(none.wait_exit(patience), 1);
  ChildProcess once(test_child(), {"interrupt", "1"});
  EXPECT_EQ(once.wait_exit(patience), 42);
  ChildProcess twice(test_child(), {"interrupt", "2"});
  EXPECT_EQ(twice.wait_exit(patience), 43);
  ChildProcess thrice(test_child(), {"interrupt", "3"});
  EXPECT_EQ(thrice.wait_exit(patience), 130);
}

}  // namespace
}  // namespace recvbench
