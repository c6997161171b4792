// The binary interface of Winsock's socket state notifications (ProcessSocketNotifications), as Microsoft
// documents it for winsock2.h.
//
// Declared here because mingw-w64 has none of it, and because SDKs declare the function only for programs
// that need build 20348 to start at all. The names are our own, in a namespace of their own; each says which
// documented name it stands for. The assertions hold the structure to the x64 layout. The function is looked
// up at run time (notifications/provider.h).
#pragma once

#include <winsock2.h>
#include <windows.h>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace recvbench::notify {

// SOCK_NOTIFY_REGISTER_EVENT_*, SOCK_NOTIFY_EVENT_*: what a registration asks for, and what a notification
// carries in dwNumberOfBytesTransferred. error and remove may be carried without being asked for.
inline constexpr std::uint16_t event_in = 0x01;      // data can be read without blocking
inline constexpr std::uint16_t event_out = 0x02;     // data can be written without blocking
inline constexpr std::uint16_t event_hangup = 0x04;  // a stream was disconnected or aborted
inline constexpr std::uint16_t event_error = 0x40;   // the socket is in an error state
inline constexpr std::uint16_t event_remove = 0x80;  // deregistered: the last notification for its key
inline constexpr std::uint16_t events_to_ask_for = event_in | event_out | event_hangup;

// SOCK_NOTIFY_OP_*: one at a time.
inline constexpr std::uint8_t operation_none = 0;
inline constexpr std::uint8_t operation_enable = 1;   // registers, or enables again
inline constexpr std::uint8_t operation_disable = 2;  // no new notifications; stays registered
inline constexpr std::uint8_t operation_remove = 4;   // deregisters, told by event_remove

// SOCK_NOTIFY_TRIGGER_*: oneshot or persistent, and level or edge.
inline constexpr std::uint8_t trigger_oneshot = 1;     // disabled as the next notification is delivered
inline constexpr std::uint8_t trigger_persistent = 2;  // enabled until it is disabled or removed
inline constexpr std::uint8_t trigger_level = 4;       // while the condition holds
inline constexpr std::uint8_t trigger_edge = 8;        // when it begins to hold, while enabled

// SOCK_NOTIFY_REGISTRATION
struct Registration {
  SOCKET socket;
  void* completion_key;  // of its notifications; taken when the socket is first registered
  std::uint16_t event_filter;
  std::uint8_t operation;
  std::uint8_t trigger_flags;
  DWORD registration_result;  // out: ERROR_SUCCESS or why this one failed
};

// ProcessSocketNotifications: carries out `registration_count` registrations, then takes up to
// `completion_count` packets off `port`, waiting at most `timeout_ms` (INFINITE: for ever) for the first of
// them. Returns ERROR_SUCCESS; WAIT_TIMEOUT where no packet came; or an error, and then nothing has changed.
// Where it returns one of the first two, each registration's result must be looked at. With
// `completion_count` 0 the timeout must be 0 and both outputs null; with `registration_count` 0
// `registrations` must be null. Any thread.
using ProcessSocketNotifications = DWORD(WSAAPI*)(HANDLE port, std::uint32_t registration_count,
                                                  Registration* registrations, std::uint32_t timeout_ms,
                                                  ULONG completion_count, OVERLAPPED_ENTRY* completions,
                                                  std::uint32_t* received_count);

static_assert(sizeof(void*) == 8, "the layout below is that of 64-bit Windows");
static_assert(std::is_standard_layout_v<Registration> && sizeof(Registration) == 24);
static_assert(offsetof(Registration, socket) == 0 && offsetof(Registration, completion_key) == 8 &&
              offsetof(Registration, event_filter) == 16 && offsetof(Registration, operation) == 18 &&
              offsetof(Registration, trigger_flags) == 19 &&
              offsetof(Registration, registration_result) == 20);
static_assert(sizeof(OVERLAPPED_ENTRY) == 32 && offsetof(OVERLAPPED_ENTRY, dwNumberOfBytesTransferred) == 24);

}  // namespace recvbench::notify
