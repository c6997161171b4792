// An engine that cannot be made, of the name that the build gives it. Its summary is no UTF-8.
#include "engines/plugin.h"

namespace {

void* create(const recvbench_host*, const recvbench_settings*, recvbench_failure*) {
  return nullptr;
}
int start(void*, recvbench_failure*) {
  return 0;
}
int add(void*, recvbench_connection*, recvbench_socket, uint32_t, recvbench_failure*) {
  return 0;
}
void stop(void*) {}
void counters(void*, recvbench_counters*) {}
void destroy(void*) {}

const recvbench_engine_plugin plugin = {RECVBENCH_PLUGIN_ABI,
                                        sizeof(recvbench_engine_plugin),
                                        0,
                                        0,
                                        nullptr,
                                        ENGINE_NAME,
                                        "no calls",
                                        "caf\xe9",
                                        nullptr,
                                        nullptr,
                                        create,
                                        start,
                                        add,
                                        stop,
                                        counters,
                                        destroy};

}  // namespace

extern "C" RECVBENCH_EXPORT const recvbench_engine_plugin* recvbench_engine(uint32_t) {
  return &plugin;
}
