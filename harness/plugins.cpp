#include "harness/plugins.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "engines/catalog.h"
#include "engines/plugin_library.h"
#include "harness/usage_error.h"

namespace recvbench {

namespace {

EngineDescriptor load(const std::string& path) {
  try {
    return load_engine(path);
  } catch (const std::runtime_error& error) {
    throw UsageError(path + ": " + error.what());
  }
}

bool is_named(const std::vector<EngineDescriptor>& engines, std::string_view name) {
  return std::any_of(engines.begin(), engines.end(),
                     [&](const EngineDescriptor& one) { return one.name == name; });
}

}  // namespace

bool is_library_path(std::string_view pattern) {
  return pattern.find_first_of("/\\") != std::string_view::npos || pattern.ends_with(".so") ||
         pattern.ends_with(".dll");
}

std::vector<EngineDescriptor> load_plugins(std::vector<EngineSpec>& specs) {
  const auto catalog = engine_catalog();
  std::vector<EngineDescriptor> engines(catalog.begin(), catalog.end());
  std::map<std::string, std::string> name_by_path;
  for (EngineSpec& spec : specs) {
    if (!is_library_path(spec.pattern)) continue;
    const std::string path = spec.pattern;
    if (!name_by_path.contains(path)) {
      EngineDescriptor engine = load(path);
      const bool foreign = std::any_of(foreign_engines().begin(), foreign_engines().end(),
                                       [&](const ForeignEngine& one) { return one.name == engine.name; });
      if (foreign || is_named(engines, engine.name))
        throw UsageError(path + ": its name " + std::string(engine.name) +
                         " is that of another engine");
      name_by_path[path] = engine.name;
      engines.push_back(std::move(engine));
    }
    spec.pattern = name_by_path[path];
  }
  return engines;
}

}  // namespace recvbench
