// Environment and build information, and the copy of the reason table that reports read.
#include "results/environment.h"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "results/reasons.h"
#include "results/tests/file_test.h"

namespace recvbench {
namespace {

TEST(Environment, LabelNamesWine) {
  SystemInfo system;
  EXPECT_EQ(environment_label(system), "");
  system.wine_version = "8.0";
  EXPECT_EQ(environment_label(system), "Wine 8.0, not Windows");
}

TEST(Environment, DescribesThisSystemAndBuild) {
  const nlohmann::json environment = environment_json();
  const nlohmann::json& system = environment.at("system");
  EXPECT_EQ(system.at("platform"), platform_name());
  EXPECT_NE(system.at("os"), "");
  EXPECT_NE(system.at("architecture"), "");
  EXPECT_GE(system.at("logical_cpus"), 1);
  EXPECT_GE(system.at("memory_bytes"), 1 << 20);
  EXPECT_EQ(running_under_wine(), system.at("wine_version") != "");
  EXPECT_EQ(running_under_wine(), environment.at("label") != "");
  EXPECT_EQ(environment.at("clock").at("name"), clock_name());
  EXPECT_GT(environment.at("clock").at("resolution_ns"), 0);
  EXPECT_EQ(environment.at("build").at("version"), build_info().version);
}

TEST(BuildInfo, IsFilledIn) {
  const BuildInfo build = build_info();
  EXPECT_EQ(std::count(build.version.begin(), build.version.end(), '.'), 2) << build.version;
  EXPECT_NE(build.compiler.find(' '), build.compiler.npos) << build.compiler;
  EXPECT_NE(build.target.find(' '), build.target.npos) << build.target;
  EXPECT_FALSE(build.build_type.empty());
  // Empty, or seven or more hexadecimal digits and perhaps "-dirty".
  const std::size_t digits =
      std::min(build.git_revision.find_first_not_of("0123456789abcdef"), build.git_revision.size());
  const std::string rest = build.git_revision.substr(digits);
  EXPECT_TRUE(build.git_revision.empty() || digits >= 7) << build.git_revision;
  EXPECT_TRUE(rest.empty() || rest == "-dirty") << build.git_revision;
}

TEST(Reasons, CodesAreUniqueAndExplained) {
  std::set<std::string_view> codes;
  for (const ReasonCode& reason : reason_codes()) {
    EXPECT_TRUE(codes.insert(reason.code).second) << reason.code;
    EXPECT_EQ(reason.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), reason.code.npos) << reason.code;
    EXPECT_FALSE(reason.text.empty()) << reason.code;
    EXPECT_FALSE(reason.remedy.empty()) << reason.code;
    EXPECT_EQ(find_reason(reason.code), &reason);
  }
  EXPECT_FALSE(codes.empty());
  EXPECT_EQ(find_reason("no-such-code"), nullptr);
}

class ReasonsCopyTest : public FileTest {};

TEST_F(ReasonsCopyTest, EqualsTheTable) {
  nlohmann::ordered_json copy = nlohmann::ordered_json::array();
  for (const ReasonCode& reason : reason_codes()) {
    copy.push_back({{"code", reason.code}, {"text", reason.text}, {"remedy", reason.remedy}});
  }
  const std::string expected = copy.dump(2) + '\n';
  const std::string path = RECVBENCH_SOURCE_DIR "/results/schema/reasons.json";
  EXPECT_EQ(read(path), expected) << path << " must hold:\n" << expected;
}

}  // namespace
}  // namespace recvbench
