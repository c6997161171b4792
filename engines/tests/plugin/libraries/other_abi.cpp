// An engine of an ABI that is yet to come, and that serves every host.
#include "engines/plugin.h"

namespace {
const recvbench_engine_plugin plugin = [] {
  recvbench_engine_plugin table{};
  table.abi = RECVBENCH_PLUGIN_ABI + 1;
  table.size = sizeof table;
  return table;
}();
}  // namespace

extern "C" RECVBENCH_EXPORT const recvbench_engine_plugin* recvbench_engine(uint32_t) {
  return &plugin;
}
