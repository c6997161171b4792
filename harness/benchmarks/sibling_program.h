// Where the load generator is, unless it is named: the recvbench program of the same build.
#pragma once

#include <filesystem>

#include "platform/process.h"

namespace recvbench {

inline std::filesystem::path sibling_recvbench() {
  const std::filesystem::path self = executable_path();
  return (self.parent_path().parent_path() / "recvbench").replace_extension(self.extension());
}

}  // namespace recvbench
