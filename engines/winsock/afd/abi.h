// The binary interface of polling sockets by their driver, \Device\Afd: what select() and WSAPoll themselves
// stand on.
//
// Microsoft documents NtCreateFile, NtDeviceIoControlFile, NtCancelIoFileEx and RtlNtStatusToDosError, but
// neither the device nor the request. Both are known by their use, unchanged since Windows Vista, in programs
// that are everywhere: libuv (src/win/poll.c: Node.js), wepoll (libevent, libzmq), mio (every program on
// tokio), c-ares; Wine implements them (server/sock.c). The names are our own; each says which one of theirs
// it stands for. The assertions hold the structures to the x64 layout.
#pragma once

#include <winsock2.h>
#include <windows.h>
#include <winternl.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace recvbench::afd {

// AFD_POLL_*: conditions to wait for, and those that hold.
inline constexpr ULONG poll_receive = 0x01;            // bytes, or a datagram, can be received
inline constexpr ULONG poll_receive_expedited = 0x02;  // out-of-band data can be
inline constexpr ULONG poll_send = 0x04;               // something can be sent
inline constexpr ULONG poll_disconnect = 0x08;         // the peer has closed its side
inline constexpr ULONG poll_abort = 0x10;              // the peer has reset the connection
inline constexpr ULONG poll_local_close = 0x20;        // the socket was closed in this process
inline constexpr ULONG poll_accept = 0x80;             // a connection can be accepted
inline constexpr ULONG poll_connect_fail = 0x100;      // a connect has failed

// IOCTL_AFD_POLL. Input and output are a PollInfo each, and may be the same one: completes when at least one
// of its conditions holds (at once where one does already), and holds those that do then.
inline constexpr ULONG ioctl_poll = 0x00012024;

// AFD_POLL_HANDLE_INFO
struct PollHandle {
  HANDLE handle;    // a socket, without what other providers may have layered over it (SIO_BASE_HANDLE)
  ULONG events;     // in: what to wait for; out: what is so
  NTSTATUS status;  // out
};

// AFD_POLL_INFO, of one socket.
struct PollInfo {
  LARGE_INTEGER timeout;  // in 100 ns: negative = from now, positive = a time since 1601, the largest = none
  ULONG number_of_handles;  // in: 1; out: 0 where the time is up
  ULONG exclusive;          // of two exclusive polls of a socket, the later one completes the earlier one
  PollHandle socket;
};
inline constexpr LONGLONG no_timeout = INT64_MAX;

// Values of NTSTATUS.
inline constexpr NTSTATUS status_success = 0;
inline constexpr NTSTATUS status_pending = 0x103;
inline constexpr auto status_cancelled = static_cast<NTSTATUS>(0xC0000120);
inline constexpr auto status_not_found = static_cast<NTSTATUS>(0xC0000225);
// Whether a request that was answered like this is over. Any other one, also if it has succeeded at once, is
// announced at the port of its handle.
constexpr bool is_error(NTSTATUS status) {
  return static_cast<ULONG>(status) >= 0xC0000000;
}

using CreateFileFunction = NTSTATUS(NTAPI*)(HANDLE* file, ACCESS_MASK, OBJECT_ATTRIBUTES*, IO_STATUS_BLOCK*,
                                            LARGE_INTEGER* allocation, ULONG attributes, ULONG share,
                                            ULONG disposition, ULONG options, void* extended_attributes,
                                            ULONG extended_attributes_bytes);
// `context`: what the completion's packet carries as lpOverlapped; null = no packet comes. The status block
// and the output are written to until the packet has been queued.
using DeviceIoControlFunction = NTSTATUS(NTAPI*)(HANDLE file, HANDLE event, void* routine, void* context,
                                                 IO_STATUS_BLOCK*, ULONG code, void* input, ULONG input_bytes,
                                                 void* output, ULONG output_bytes);
// `request`: the status block of the request to cancel; null = all of the file. A request that is cancelled
// completes as any other, with status_cancelled.
using CancelIoFunction = NTSTATUS(NTAPI*)(HANDLE file, IO_STATUS_BLOCK* request, IO_STATUS_BLOCK* answer);
using StatusToErrorFunction = ULONG(NTAPI*)(NTSTATUS);

static_assert(sizeof(void*) == 8, "the layout below is that of 64-bit Windows");
static_assert(std::is_standard_layout_v<PollHandle> && sizeof(PollHandle) == 16);
static_assert(offsetof(PollHandle, handle) == 0 && offsetof(PollHandle, events) == 8 &&
              offsetof(PollHandle, status) == 12);
static_assert(std::is_standard_layout_v<PollInfo> && sizeof(PollInfo) == 32);
static_assert(offsetof(PollInfo, timeout) == 0 && offsetof(PollInfo, number_of_handles) == 8 &&
              offsetof(PollInfo, exclusive) == 12 && offsetof(PollInfo, socket) == 16);
// An OVERLAPPED begins with a status block: the port's packets name the one as the other.
static_assert(sizeof(IO_STATUS_BLOCK) == 16 && offsetof(IO_STATUS_BLOCK, Information) == 8);
static_assert(offsetof(OVERLAPPED, Internal) == 0 && offsetof(OVERLAPPED, InternalHigh) == 8);

}  // namespace recvbench::afd
