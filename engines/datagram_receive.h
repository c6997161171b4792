// How a datagram is fetched by the engines that do it by a call of their own: blocking, and all that wait for
// readiness. What recv is to a stream, with three differences: zero bytes are a datagram and not an end, a
// datagram may be cut off at the buffer's end, and an error may be about an earlier send.
//
//   recvfrom(socket, buffer) -> bytes, source
//   recvmsg(socket, buffer) -> bytes, source, flags, control data
//
// On Windows the second is WSARecvMsg (setting datagram-call). What it has over the first is the address of
// this machine that the datagram was sent to (IP_PKTINFO), which a server on all addresses needs to answer
// from the right one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

#include "engines/engine.h"
#include "engines/worker_counters.h"
#include "platform/datagram_message.h"

namespace recvbench {

// Of the engines that fetch datagrams by a call, and of those with overlapped receives.
inline constexpr std::string_view datagram_call_choices[] = {"recvfrom", "recvmsg"};
inline constexpr Setting datagram_call_setting = for_datagrams(choice_setting(
    "datagram-call", "how datagrams are received; recvmsg: each with the address that it was sent to",
    datagram_call_choices));

class DatagramReceiver {
 public:
  // Throws std::system_error where the system does not have the call.
  explicit DatagramReceiver(const EngineSettings& settings);

  // Any thread: readies a connection that is about to be received from. Throws std::system_error.
  void admit(const Connection& connection) const;

  // One call into `buffer`, and what it brought to the sink; another one after an error that is about an
  // earlier send, so that nothing brought means nothing there. Empty = the socket goes on; otherwise it has
  // ended with this (no error = as the sink wished).
  std::optional<std::error_code> receive(Connection& connection, std::span<std::byte> buffer,
                                         ReceiveSink& sink, WorkerCounters& counters) const;

 private:
  std::optional<MessageReceiver> message_;  // for recvmsg
};

}  // namespace recvbench
