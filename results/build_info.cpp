// What the build system knows of this build: the compile definitions come from results/CMakeLists.txt, the
// revision from scripts/cmake/GitRevision.cmake.
#include "results/environment.h"

#include "git_revision.h"

namespace recvbench {

BuildInfo build_info() {
  BuildInfo build;
  build.version = RECVBENCH_VERSION;
  build.git_revision = RECVBENCH_GIT_REVISION;
  build.compiler = RECVBENCH_COMPILER;
  build.build_type = RECVBENCH_BUILD_TYPE;
  build.flags = RECVBENCH_FLAGS;
  build.flags.erase(build.flags.find_last_not_of(' ') + 1);
  build.flags.erase(0, build.flags.find_first_not_of(' '));
  build.sanitizers = RECVBENCH_SANITIZERS;
  build.target = RECVBENCH_TARGET;
  return build;
}

}  // namespace recvbench
