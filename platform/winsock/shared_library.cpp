// Libraries by LoadLibraryEx.
#include "platform/shared_library.h"

#include <winsock2.h>
#include <windows.h>

#include <stdexcept>
#include <string>

#include "platform/error.h"
#include "platform/library_image.h"

namespace recvbench {
namespace {

// The system's own word: libstdc++'s std::filesystem::absolute makes another path of \\?\C:\mine.dll.
std::wstring absolute_path(const std::filesystem::path& path) {
  std::wstring absolute(GetFullPathNameW(path.c_str(), 0, nullptr, nullptr), L'\0');
  const DWORD size =
      GetFullPathNameW(path.c_str(), static_cast<DWORD>(absolute.size()), absolute.data(), nullptr);
  if (size == 0) throw std::runtime_error("GetFullPathName: " + last_system_error().message());
  absolute.resize(size);  // without the zero
  return absolute;
}

}  // namespace

namespace {

// For this thread and while it lives: the loader fails instead of asking the user, who may not be there.
// Without it a damaged library is first shown in a message box that waits for a click.
class NoErrorBoxes {
 public:
  NoErrorBoxes() { SetThreadErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX, &before_); }
  ~NoErrorBoxes() { SetThreadErrorMode(before_, nullptr); }
  NoErrorBoxes(const NoErrorBoxes&) = delete;
  NoErrorBoxes& operator=(const NoErrorBoxes&) = delete;

 private:
  DWORD before_ = 0;
};

}  // namespace

SharedLibrary::SharedLibrary(const std::filesystem::path& path) {
  if (const std::string image = describe_image_file(path); image != native_image())
    throw std::runtime_error(image + ", needed is " + native_image());
  const NoErrorBoxes no_error_boxes;
  // Absolute, as LOAD_WITH_ALTERED_SEARCH_PATH demands: the library's own folder is searched for what it
  // needs.
  handle_ = LoadLibraryExW(absolute_path(path).c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
  if (handle_ == nullptr) throw std::runtime_error("LoadLibraryEx: " + last_system_error().message());
}

void* SharedLibrary::find(const char* name) const noexcept {
  return reinterpret_cast<void*>(GetProcAddress(static_cast<HMODULE>(handle_), name));
}

}  // namespace recvbench
