// A text file that only grows, by whole pieces.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace recvbench {

class AppendFile {
 public:
  // Opens or creates the file. Throws std::system_error naming it.
  explicit AppendFile(std::filesystem::path path);

  // Writes and flushes `text`. Throws std::system_error naming the file and the system's reason; what was
  // written of `text` is then cut off again where the file system allows it, and the file takes no more.
  void append(std::string_view text);

 private:
  std::filesystem::path path_;
  std::ofstream stream_;
  std::uintmax_t size_ = 0;
};

// A path as UTF-8 for messages; path::string() throws on Windows where the code page lacks a character.
std::string display_path(const std::filesystem::path& path);

// Throws std::system_error "what(path)" for the last failed operation of a stream: what errno says, or an I/O
// error where the C++ library left errno alone.
[[noreturn]] void throw_stream_error(const char* what, const std::filesystem::path& path);

}  // namespace recvbench
