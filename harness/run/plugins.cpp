#include "harness/run/plugins.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "engines/catalog.h"
#include "engines/plugin_library.h"
#include "harness/plan/usage_error.h"

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

bool is_foreign(std::string_view name) {
  return std::any_of(foreign_engines().begin(), foreign_engines().end(),
                     [&](const ForeignEngine& one) { return one.name == name; });
}

// Windows does not tell capital letters from small ones. `ending`: in small letters.
bool ends_like(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() &&
         std::equal(ending.begin(), ending.end(), text.end() - static_cast<std::ptrdiff_t>(ending.size()),
                    [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
}

// Why an engine of this name cannot stand beside these; empty where it can.
std::string objection_to(std::string_view name, const std::vector<EngineDescriptor>& engines) {
  if (name == every_engine) return "its name all stands for every engine";
  if (is_foreign(name) || is_named(engines, name))
    return "its name " + std::string(name) + " is that of another engine";
  return {};
}

}  // namespace

bool is_library_path(std::string_view pattern) {
  return pattern.find_first_of("/\\") != std::string_view::npos || ends_like(pattern, ".so") ||
         ends_like(pattern, ".dll");
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
      if (const std::string objection = objection_to(engine.name, engines); !objection.empty())
        throw UsageError(path + ": " + objection);
      name_by_path[path] = engine.name;
      engines.push_back(std::move(engine));
    }
    spec.pattern = name_by_path[path];
  }
  return engines;
}

}  // namespace recvbench
