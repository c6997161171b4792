// The control connection between harness and generator: length-limited JSON messages over TCP, and the
// conversation of one run. Either side ends the run with a clear reason inside a bounded time where the other
// is late, silent, malformed or gone.
//
//   generator                                    harness (listens, loopback by default)
//   hello {protocol, version, platform, token} -->
//                                           <-- plan {...LoadPlan}, refuse {reason}, or
//                                               bye {}, where it only asked who answers
//   connected {} or failed {reason} -->         once every connection is made and has greeted
//                                           <-- go {}
//   started {window_begin_ns, window_end_ns} -->
//                                               intended times of the window, on the generator's clock
//   result {...LoadResult} or failed {reason} -->
//                                           <-- bye {}
//   alive {}                             -->    every 500 ms from hello until result
//
// Framing: u32 little-endian length of the JSON text that follows, at most max_control_bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "loadgen/load_plan.h"
#include "platform/socket.h"

namespace recvbench {

inline constexpr int control_protocol = 1;
inline constexpr std::uint32_t max_control_bytes = 64 * 1024 * 1024;  // a result of max_phase_ns fits

// The peer is late, silent, malformed, gone, or refused; what() is one line that says which.
class ControlError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// One end of a control connection. send() may be called from several threads; receive() from one at a time.
class ControlChannel {
 public:
  // Messages longer than `most_bytes` are refused before they are read: a stranger must not fill the memory.
  explicit ControlChannel(Socket socket, std::uint32_t most_bytes = max_control_bytes);
  ~ControlChannel();
  ControlChannel(ControlChannel&&) noexcept;
  ControlChannel& operator=(ControlChannel&&) noexcept;

  // `type` goes into the message's "type". Throws ControlError.
  void send(const std::string& type, nlohmann::json body = nlohmann::json::object());
  // The next message of one of the `expected` types, skipping "alive". Throws ControlError where nothing at
  // all (not even "alive") comes for `silence`, nothing expected comes within `limit`, on a malformed, deeply
  // nested or over-long message, another type, and (with the peer's reason) on "failed" and "refuse".
  nlohmann::json receive(const std::vector<std::string>& expected, std::chrono::milliseconds limit,
                         std::chrono::milliseconds silence = std::chrono::milliseconds(5000));
  // The peer is known now: all that the protocol allows is read.
  void trust() noexcept;
  // True once the peer has closed or broken the connection; never blocks.
  bool peer_gone();
  void close() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

nlohmann::json to_json(const LoadPlan& plan);
LoadPlan load_plan_from_json(const nlohmann::json& json);  // throws ControlError naming key and allowed range
nlohmann::json to_json(const LoadResult& result);
LoadResult load_result_from_json(const nlohmann::json& json);  // throws ControlError

}  // namespace recvbench
