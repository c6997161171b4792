#include "results/append_file.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include "platform/error.h"

namespace recvbench {

std::string display_path(const std::filesystem::path& path) {
  const std::u8string text = path.generic_u8string();
  return std::string(text.begin(), text.end());
}

void throw_stream_error(const char* what, const std::filesystem::path& path) {
  const std::error_code error(errno != 0 ? errno : EIO, std::generic_category());
  throw_error(error, what, display_path(path));
}

AppendFile::AppendFile(std::filesystem::path path) : path_(std::move(path)) {
  errno = 0;
  // Binary, so that the bytes are the same on every system.
  stream_.open(path_, std::ios::binary | std::ios::app);
  if (!stream_) throw_stream_error("open", path_);
  std::error_code ignored;  // what has no size (a pipe, a device) is not cut off either
  const std::uintmax_t size = std::filesystem::file_size(path_, ignored);
  size_ = ignored ? 0 : size;
}

void AppendFile::append(std::string_view text) {
  errno = 0;
  stream_.write(text.data(), static_cast<std::streamsize>(text.size()));
  stream_.flush();
  if (!stream_) {
    const int reason = errno;
    stream_.close();
    std::error_code ignored;  // the write error is the one to report
    std::filesystem::resize_file(path_, size_, ignored);
    errno = reason;
    throw_stream_error("write", path_);
  }
  size_ += text.size();
}

}  // namespace recvbench
