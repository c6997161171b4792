// Every engine this binary knows. Adding one: its file, and one line in catalog.cpp (null),
// winsock/catalog.cpp or posix/catalog.cpp.
#pragma once

#include <span>
#include <string_view>

#include "engines/engine.h"

namespace recvbench {

// In the order they are listed and drawn. Lives as long as the program.
std::span<const EngineDescriptor> engine_catalog();

// nullptr where no engine has this name.
const EngineDescriptor* find_engine(std::string_view name);

// An engine that exists on the other platform only: named, so that asking for it here says why it cannot run.
struct ForeignEngine {
  std::string_view name;
  std::string_view api;
  std::string_view platform;
};
std::span<const ForeignEngine> foreign_engines();

}  // namespace recvbench
