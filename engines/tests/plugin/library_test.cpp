// Loading: what is found in a library, and what is said of one that cannot be used.
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engines/plugin_library.h"
#include "platform/library_image.h"
#include "platform/system_info.h"

namespace recvbench {
namespace {

std::string refusal(const std::filesystem::path& library) {
  try {
    load_engine(library);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "loaded";
}

// A file of this test's own; gone with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& bytes)
      : path_(std::filesystem::temp_directory_path() /
              ("recvbench_" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) + "_library.bin")) {
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
};

std::string elf(unsigned char machine) {
  std::string bytes = std::string("\x7f") + "ELF";
  bytes.resize(64);
  bytes[18] = static_cast<char>(machine);
  return bytes;
}
std::string pe(unsigned char low, unsigned char high) {
  std::string bytes = "MZ";
  bytes.resize(512);
  bytes[0x3c] = 0x40;
  bytes.replace(0x40, 4, std::string("PE\0\0", 4));
  bytes[0x44] = static_cast<char>(low);
  bytes[0x45] = static_cast<char>(high);
  return bytes;
}
std::string image_of(const std::string& bytes) {
  return describe_image({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

TEST(LibraryImage, IsToldFromItsFirstBytes) {
  EXPECT_EQ(image_of(elf(62)), "a Linux library for x86_64");
  EXPECT_EQ(image_of(elf(183)), "a Linux library for arm64");
  EXPECT_EQ(image_of(elf(3)), "a Linux library for processor 3");
  EXPECT_EQ(image_of(pe(0x64, 0x86)), "a Windows library for x86_64");
  EXPECT_EQ(image_of(pe(0x64, 0xAA)), "a Windows library for arm64");
  EXPECT_EQ(image_of(""), "no shared library");
  EXPECT_EQ(image_of("MZ"), "no shared library");
  EXPECT_EQ(image_of("#!/bin/sh"), "no shared library");
  std::string wild = pe(0x64, 0x86);
  for (std::size_t i = 0x3c; i < 0x40; ++i) wild[i] = '\xff';
  EXPECT_EQ(image_of(wild), "no shared library");
}

TEST(PluginLibrary, DescribesTheExample) {
  const EngineDescriptor engine = load_engine(EXAMPLE_LIBRARY);
  EXPECT_EQ(engine.name, "my-engine");
  EXPECT_EQ(engine.api, "poll + recv, recvfrom");
  EXPECT_EQ(engine.platform, platform_name());
  EXPECT_EQ(engine.protocols, (std::vector<std::string_view>{"tcp", "udp"}));
  EXPECT_TRUE(engine.has(buffer_setting));
  EXPECT_TRUE(engine.has(socket_buffer_setting));
  EXPECT_FALSE(engine.has(threads_setting));
  const Setting* receives = engine.find_setting("receives");
  ASSERT_NE(receives, nullptr);
  EXPECT_EQ(receives->initial, 1u);
  EXPECT_EQ(allowed_values(*receives), "1 to 64");
  EXPECT_TRUE(engine.probe().available);
  EXPECT_FALSE(engine.max_connections({}).has_value());
}

TEST(PluginLibrary, SaysWhatIsWrong) {
  EXPECT_EQ(refusal("no/such/library.so"), "no such file");
  EXPECT_EQ(refusal(std::filesystem::temp_directory_path()), "no such file");
  const TemporaryFile text("#!/bin/sh\n");
  EXPECT_EQ(refusal(text.path()), "no shared library, needed is " + native_image());
  const bool windows = std::string_view(platform_name()) == "windows";
  const TemporaryFile foreign(windows ? elf(62) : pe(0x64, 0x86));
  EXPECT_EQ(refusal(foreign.path()), (windows ? "a Linux library for x86_64, needed is "
                                              : "a Windows library for x86_64, needed is ") +
                                         native_image());
  EXPECT_EQ(refusal(NO_ENGINE_LIBRARY), "it exports no recvbench_engine (engines/plugin.h)");
  EXPECT_EQ(refusal(OTHER_ABI_LIBRARY), "it was built for plug-in ABI 2, this recvbench has 1");
  // The right kind of file by its header, and nothing behind it: the loader's own words.
  const TemporaryFile hollow(windows ? pe(0x64, 0x86) : elf(62));
  EXPECT_EQ(refusal(hollow.path()).find(windows ? "LoadLibraryEx: " : "dlopen: "), 0u)
      << refusal(hollow.path());
}

}  // namespace
}  // namespace recvbench
