// The catalog: the platform's engines in their order, then null.
#include "engines/catalog.h"

#include <vector>

#include "engines/null.h"
#include "engines/platform_catalog.h"

namespace recvbench {

std::span<const EngineDescriptor> engine_catalog() {
  static const std::vector<EngineDescriptor> catalog = [] {
    const auto platform = platform_engines();
    std::vector<EngineDescriptor> all(platform.begin(), platform.end());
    all.push_back(null_engine());
    return all;
  }();
  return catalog;
}

const EngineDescriptor* find_engine(std::string_view name) {
  for (const EngineDescriptor& engine : engine_catalog()) {
    if (engine.name == name) return &engine;
  }
  return nullptr;
}

}  // namespace recvbench
