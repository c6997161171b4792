// How recv is called: what the engines have in common that fetch bytes by it (blocking, and all that wait for
// readiness). They differ in when they call, and in nothing else.
//
//   recv(socket, buffer)                                   the plain way
//   recv(socket, buffer, MSG_PEEK) -> n; recv(socket, n)   peek: look how much is there, then take just that
//   recv(socket, buffer, MSG_WAITALL)                      waitall: come back with a full buffer
//
// peek costs a second call and a second copy of every byte. It is found where a program wants to know the
// size before it has the memory; here it shows what that habit costs. waitall saves the calls that would
// bring a part of a message, and is of use only where every message fills the buffer: what does not stays in
// the socket until more comes or the peer closes. It needs a blocking socket.
#pragma once

#include <cstddef>
#include <span>

#include "engines/engine.h"
#include "engines/worker_counters.h"

namespace recvbench {

inline constexpr Setting peek_setting =
    for_streams(switch_setting("peek", "recv(MSG_PEEK) first, then recv of as many bytes", false));
inline constexpr std::string_view recv_flags_choices[] = {"none", "waitall"};
inline constexpr Setting recv_flags_setting = for_streams(
    choice_setting("flags", "flags of recv; waitall: a receive ends with a full buffer", recv_flags_choices));

class RecvCall {
 public:
  explicit RecvCall(const EngineSettings& settings);

  // One receive; each recv it makes is counted. As receive_some: 0 bytes without an error = graceful close.
  IoResult operator()(NativeSocket socket, std::span<std::byte> buffer, WorkerCounters& counters) const {
    return call_(socket, buffer, counters);
  }

  // Whether these settings go together: peek asks for what is there, waitall for what is not.
  static Availability check(const EngineSettings& settings);

 private:
  using Call = IoResult(NativeSocket, std::span<std::byte>, WorkerCounters&);
  Call* const call_;
};

}  // namespace recvbench
