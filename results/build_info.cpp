// What the build system knows of this build: the compile definitions come from results/CMakeLists.txt, the
// revision from scripts/cmake/GitRevision.cmake.
#include "results/environment.h"

#include "git_revision.h"

namespace recvbench {

BuildInfo build_info() {
  return {RECVBENCH_VERSION, RECVBENCH_GIT_REVISION, RECVBENCH_COMPILER, RECVBENCH_BUILD_TYPE,
          RECVBENCH_TARGET};
}

}  // namespace recvbench
