// The ways to call recv.
#include "engines/recv_call.h"

namespace recvbench {
namespace {

IoResult plain(NativeSocket socket, std::span<std::byte> buffer, WorkerCounters& counters) {
  counters.receive_call();
  return receive_some(socket, buffer);
}

IoResult wait_all(NativeSocket socket, std::span<std::byte> buffer, WorkerCounters& counters) {
  counters.receive_call();
  return receive_some(socket, buffer, ReceiveMode::wait_all);
}

IoResult peek_first(NativeSocket socket, std::span<std::byte> buffer, WorkerCounters& counters) {
  counters.receive_call();
  const IoResult seen = receive_some(socket, buffer, ReceiveMode::peek);
  if (seen.bytes == 0) return seen;
  counters.receive_call();
  return receive_some(socket, buffer.first(seen.bytes));
}

}  // namespace

RecvCall::RecvCall(const EngineSettings& settings)
    : call_(settings.on(peek_setting)         ? &peek_first
            : settings.on(recv_flags_setting) ? &wait_all
                                              : &plain) {}

Availability RecvCall::check(const EngineSettings& settings) {
  if (settings.on(peek_setting) && settings.on(recv_flags_setting)) {
    return {false, "peek=on takes what is there, flags=waitall waits for more: one or the other", false};
  }
  return {};
}

}  // namespace recvbench
