// AppendFile: whole pieces, and errors that name the file.
#include "results/append_file.h"

#include <system_error>

#include "results/tests/file_test.h"

namespace recvbench {
namespace {

class AppendFileTest : public FileTest {};

TEST_F(AppendFileTest, AppendsAndIsReadableAtOnce) {
  const auto path = directory_ / "log";
  write(path, "old\n");
  AppendFile file(path);
  file.append("one\n");
  EXPECT_EQ(read(path), "old\none\n");
  file.append("two\n");
  EXPECT_EQ(read(path), "old\none\ntwo\n");
}

TEST_F(AppendFileTest, NamesAFileThatCannotBeOpened) {
  const auto path = directory_ / "missing" / "log";
  const std::string error = message_of<std::system_error>([&] { AppendFile file(path); });
  EXPECT_NE(error.find("missing/log"), error.npos) << error;
}

TEST_F(AppendFileTest, NamesAFileOnAFullDisk) {
  if (!std::filesystem::is_character_file("/dev/full")) GTEST_SKIP() << "no /dev/full on this system";
  AppendFile file("/dev/full");
  try {
    file.append("text\n");
    FAIL() << "no error";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), std::errc::no_space_on_device);
    EXPECT_NE(std::string(error.what()).find("/dev/full"), std::string::npos) << error.what();
  }
  EXPECT_THROW(file.append("more\n"), std::system_error);
}

}  // namespace
}  // namespace recvbench
