// Loading a shared library and finding its functions.
#pragma once

#include <filesystem>

namespace recvbench {

// A library of this platform, loaded until the process ends: threads may run in it and texts point into it.
class SharedLibrary {
 public:
  // Searched nowhere but at `path`; what it depends on also in its folder (Windows). Throws
  // std::runtime_error of one line: no such file, a library of another platform or processor, or the loader's
  // own words.
  explicit SharedLibrary(const std::filesystem::path& path);

  // nullptr where the library exports no such name. The caller vouches for the type.
  template <class Function>
  Function* function(const char* name) const noexcept {
    return reinterpret_cast<Function*>(find(name));
  }

 private:
  void* find(const char* name) const noexcept;

  void* handle_;
};

}  // namespace recvbench
