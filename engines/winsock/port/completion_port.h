// An I/O completion port, and the two calls that take packets off it.
#pragma once

#include <winsock2.h>
#include <windows.h>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "engines/engine.h"

namespace recvbench {

class CompletionPort {
 public:
  // `concurrency`: how many of the threads that take packets the system lets run at a time
  // (NumberOfConcurrentThreads); 0 = as many as there are processors. Throws std::system_error.
  explicit CompletionPort(DWORD concurrency = 0);
  ~CompletionPort();
  CompletionPort(const CompletionPort&) = delete;
  CompletionPort& operator=(const CompletionPort&) = delete;

  // Completions of this socket's operations arrive here with this key, for the socket's life. Throws
  // std::system_error.
  void associate(const Socket& socket, ULONG_PTR key);
  // The same for any file opened for overlapped operations, which `name` names in errors.
  void associate(HANDLE file, std::string_view name, ULONG_PTR key);

  // A packet of our own: it arrives with this key and number, and without an OVERLAPPED. False where the
  // system has no memory for it (GetLastError).
  bool post(ULONG_PTR key, DWORD number) noexcept;

  HANDLE handle() const { return handle_; }

 private:
  const HANDLE handle_;
};

// No packets of this socket for operations that succeed at once (FILE_SKIP_COMPLETION_PORT_ON_SUCCESS), nor
// are they to set the socket's own event (FILE_SKIP_SET_EVENT_ON_HANDLE). For the socket's life. Throws
// std::system_error, also where the socket's provider is none of the system's own (XP1_IFS_HANDLES): it may
// queue packets of its own accord, which would then be taken for another's. Nor does it take a datagram
// socket: with those Windows has a bug (libuv, src/win/udp.c, has the story).
void skip_on_success(const Socket& socket);

// How a thread takes packets. Each thread has its own.
class PacketSource {
 public:
  virtual ~PacketSource() = default;
  // Waits for at least one packet. Valid until the next call. An operation that failed comes like any other:
  // see failed(). Throws std::system_error where the call itself fails.
  virtual std::span<const OVERLAPPED_ENTRY> take() = 0;
};

// GetQueuedCompletionStatus.
class OneAtATime final : public PacketSource {
 public:
  explicit OneAtATime(const CompletionPort& port) : port_(port) {}
  std::span<const OVERLAPPED_ENTRY> take() override;

 private:
  const CompletionPort& port_;
  OVERLAPPED_ENTRY packet_{};
};

// GetQueuedCompletionStatusEx: up to `most` packets that are there already, one wait for all of them.
class InBatches final : public PacketSource {
 public:
  InBatches(const CompletionPort& port, std::size_t most) : port_(port), packets_(most) {}
  std::span<const OVERLAPPED_ENTRY> take() override { return take_within(INFINITE); }
  // The same, waiting no longer than this; none where no packet came.
  std::span<const OVERLAPPED_ENTRY> take_within(DWORD milliseconds);

 private:
  const CompletionPort& port_;
  std::vector<OVERLAPPED_ENTRY> packets_;
};

// Whether the operation of a packet with an OVERLAPPED failed: its status is an NTSTATUS, negative where
// GetQueuedCompletionStatus says FALSE.
inline bool failed(const OVERLAPPED_ENTRY& packet) {
  return static_cast<LONG>(packet.lpOverlapped->Internal) < 0;
}

// Why, as a Winsock error; no error where it did not.
std::error_code error_of(const OVERLAPPED_ENTRY& packet, NativeSocket socket);

}  // namespace recvbench
