// The io_uring engine of a build without liburing: in the catalog, and never available.
#include "engines/posix/engines.h"
#include "engines/posix/io_uring.h"
#include "platform/error.h"

namespace recvbench {

EngineDescriptor io_uring_engine() {
  EngineDescriptor engine = io_uring_description();
  engine.probe = [] { return Availability{false, "built without liburing", false}; };
  engine.create = [](const EngineSettings&) -> std::unique_ptr<ReceiveEngine> {
    throw_error(std::make_error_code(std::errc::function_not_supported), "io_uring",
                "a build without liburing");
  };
  return engine;
}

}  // namespace recvbench
