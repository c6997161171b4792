// The io_uring engine's entry in the catalog.
#include "engines/posix/io_uring.h"

namespace recvbench {

EngineDescriptor io_uring_description() {
  EngineDescriptor engine;
  engine.name = "io_uring";
  engine.api = "IORING_OP_RECV + io_uring_enter";
  engine.platform = "linux";
  engine.summary = "each thread takes the completions of its own ring; a receive goes on delivering";
  engine.protocols = {"tcp", "udp"};
  engine.limits = {
      {"provided buffers per thread", io_uring_buffers_setting.most, "io_uring_register_buf_ring(3)"},
      {"submission queue entries", 32768, "IORING_MAX_ENTRIES, io_uring/io_uring.h in Linux"},
      {"completion queue entries", 65536, "IORING_MAX_CQ_ENTRIES, io_uring/io_uring.h in Linux"},
  };
  engine.settings = {threads_setting,          buffer_setting,         io_uring_mode_setting,
                     io_uring_buffers_setting, io_uring_setup_setting, socket_buffer_setting};
  engine.repeating_receives = true;
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  return engine;
}

}  // namespace recvbench
