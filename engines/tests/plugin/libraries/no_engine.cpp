// A shared library that is no engine.
#include "engines/plugin.h"

extern "C" RECVBENCH_EXPORT int something_else() {
  return 1;
}
