// What is told of the machine.
#include "platform/system_info.h"

#include <gtest/gtest.h>

#include <string>

#ifndef _WIN32
#include <sys/resource.h>
#endif

namespace recvbench {
namespace {

TEST(SystemInfoTest, NamesTheSystem) {
  const SystemInfo info = system_info();
  EXPECT_EQ(info.platform, platform_name());
  const std::string system = info.platform == "windows" ? "Windows " : "Linux ";
  EXPECT_EQ(info.os.rfind(system, 0), 0u) << info.os;
  EXPECT_NE(info.os.find('.'), std::string::npos) << info.os;
  EXPECT_FALSE(info.architecture.empty());
  EXPECT_GE(info.logical_cpus, 1);
  EXPECT_GT(info.memory_bytes, 64u * 1024 * 1024);
  if (info.architecture == "x86_64") {
    EXPECT_FALSE(info.cpu_model.empty());
  }
}

TEST(SystemInfoTest, WineIsNamedWhereItIs) {
  EXPECT_EQ(running_under_wine(), !system_info().wine_version.empty());
  if (std::string(platform_name()) == "linux") {
    EXPECT_FALSE(running_under_wine());
  }
}

TEST(SystemInfoTest, TheOpenFileLimitIsRaisedToTheHardOne) {
  const std::uint64_t limit = raise_open_file_limit();
  EXPECT_EQ(raise_open_file_limit(), limit) << "raised twice";
#ifdef _WIN32
  EXPECT_EQ(limit, 0u);
#else
  rlimit now{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &now), 0);
  EXPECT_EQ(now.rlim_cur, now.rlim_max);
  if (now.rlim_max != RLIM_INFINITY) {
    EXPECT_EQ(limit, now.rlim_max);
  }
#endif
}

}  // namespace
}  // namespace recvbench
