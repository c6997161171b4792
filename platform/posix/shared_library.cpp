// Libraries by dlopen.
#include "platform/shared_library.h"

#include <dlfcn.h>

#include <stdexcept>
#include <string>

#include "platform/library_image.h"

namespace recvbench {

SharedLibrary::SharedLibrary(const std::filesystem::path& path) {
  if (const std::string image = describe_image_file(path); image != native_image())
    throw std::runtime_error(image + ", needed is " + native_image());
  // Absolute, so that no search path is asked. RTLD_NOW: what it lacks is said here, not in the middle of a
  // run.
  handle_ = dlopen(std::filesystem::absolute(path).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle_ == nullptr) {
    const char* why = dlerror();
    throw std::runtime_error(std::string("dlopen: ") + (why != nullptr ? why : "failed"));
  }
}

void* SharedLibrary::find(const char* name) const noexcept {
  return dlsym(handle_, name);
}

}  // namespace recvbench
