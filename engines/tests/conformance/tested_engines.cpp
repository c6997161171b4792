#include "engines/tests/conformance/tested_engines.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include "engines/catalog.h"
#include "engines/plugin_library.h"

namespace recvbench {

std::span<const EngineDescriptor> tested_engines() {
  const char* library = std::getenv("RECVBENCH_CONFORMANCE_PLUGIN");
  if (library == nullptr) return engine_catalog();
  // The cases are made before main(), where an exception would say nothing.
  static const std::vector<EngineDescriptor> only = [library] {
    try {
      return std::vector{load_engine(library)};
    } catch (const std::exception& error) {
      std::fprintf(stderr, "RECVBENCH_CONFORMANCE_PLUGIN=%s: %s\n", library, error.what());
      std::exit(2);
    }
  }();
  return only;
}

}  // namespace recvbench
