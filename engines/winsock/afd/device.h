// A handle of \Device\Afd, and polls of sockets through it that complete at a port.
#pragma once

#include <system_error>

#include "engines/winsock/afd/functions.h"
#include "engines/winsock/port/completion_port.h"

namespace recvbench {

// One socket's poll: everything that the system writes to until its packet has been taken off the port. The
// packet names it by its OVERLAPPED, whose beginning is the status block.
struct AfdPoll : OVERLAPPED {
  AfdPoll() : OVERLAPPED{} {}
  AfdPoll(const AfdPoll&) = delete;  // its address is known to the system
  AfdPoll& operator=(const AfdPoll&) = delete;

  afd::PollInfo info{};
};

class AfdDevice {
 public:
  // Its polls complete at `port`, with key 0. Throws std::system_error.
  AfdDevice(const AfdFunctions& functions, CompletionPort& port);
  ~AfdDevice();
  AfdDevice(const AfdDevice&) = delete;
  AfdDevice& operator=(const AfdDevice&) = delete;

  // Completes when one of `events` holds for the socket. No error = a packet will come, and `poll` stays as
  // it is until then; otherwise none will. `base` is base_socket()'s answer.
  std::error_code start(AfdPoll& poll, NativeSocket base, ULONG events) noexcept;

  // What the packet of a poll says: why it failed; no error where it did not, and poll.info tells the events.
  std::error_code error_of(const AfdPoll& poll) const noexcept;

  // Makes all outstanding polls complete. Nothing outstanding is no error.
  std::error_code cancel_all() noexcept;

 private:
  std::error_code error_of(NTSTATUS status) const noexcept;

  const AfdFunctions functions_;
  HANDLE handle_ = nullptr;
};

// The socket that the driver knows, where another provider is layered over it (WSAIoctl, SIO_BASE_HANDLE);
// otherwise the socket itself. Throws std::system_error.
//
// A layered provider must leave this ioctl alone ("SIO_BASE_HANDLE", Winsock IOCTLs). wepoll and mio try
// SIO_BSP_HANDLE_POLL after it, for providers that do not; where one is installed, that is worth an error
// here.
NativeSocket base_socket(const Socket& socket);

}  // namespace recvbench
