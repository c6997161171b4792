// What the semantics tests receive with: one WSARecv in its three forms (no overlapped, with an event, with a
// completion routine), owners of events and ports, and outcomes as text. Every wait ends after `patience`.
#pragma once

#include <gtest/gtest.h>
#include <winsock2.h>
#include <windows.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/socket.h"

namespace recvbench {

// Longest wait for something that must happen; passing it is a failure.
inline constexpr std::chrono::milliseconds patience{5'000};
inline constexpr DWORD patience_ms = 5'000;
// How long something is watched that must not happen.
inline constexpr DWORD watch_ms = 200;
// The same where it does happen under Wine, so that a busy machine has time for it; the watch ends with it.
inline constexpr DWORD wine_watch_ms = 1'000;

class WinsockTest : public testing::Test {
 private:
  NetworkSession session_;
};

// A manual-reset event.
class Event {
 public:
  Event();  // throws std::system_error
  ~Event() { WSACloseEvent(handle_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  WSAEVENT handle() const { return handle_; }
  bool wait(DWORD milliseconds) const { return WaitForSingleObject(handle_, milliseconds) == WAIT_OBJECT_0; }

 private:
  WSAEVENT handle_;
};

// How one receive ended, or why it has not.
struct Outcome {
  int error = 0;  // 0 or a WSA* code, WSA_IO_PENDING included
  DWORD bytes = 0;
  DWORD flags = 0;
};
// "5 bytes", "WSAECONNRESET".
std::string describe(const Outcome& outcome);
// The symbolic name of a WSA* code.
std::string error_text(int error);
// The symbolic name of a GetLastError code that waits and completion ports end with ("ERROR_MORE_DATA").
std::string win32_error_text(DWORD error);

// A connected pair whose blocking receives give up (WSAETIMEDOUT) after `patience`.
SocketPair blocking_pair();

// One WSARecv without an OVERLAPPED: blocks where the socket does.
Outcome receive(NativeSocket socket, std::vector<char>& buffer, DWORD flags = 0);
Outcome receive(NativeSocket socket, WSABUF* buffers, DWORD count, DWORD flags = 0);
// The same, told by what it brought: "hello", "WSAECONNRESET", "WSAEMSGSIZE: hell".
std::string receive_text(const Socket& socket, DWORD flags = 0, std::size_t size = 16);
void set_receive_timeout(const Socket& socket, DWORD milliseconds);  // throws

// Sends all of it; a shortfall is a test failure.
void send_text(const Socket& socket, std::string_view text);
// send_text from pair.connected, and waits until it is buffered at pair.accepted.
void buffer_text(const SocketPair& pair, std::string_view text);
// Waits until so many bytes can be read; a shortfall is a test failure.
void wait_buffered(const Socket& socket, std::size_t bytes);

// Whether an IPv6 socket can be bound here.
bool has_ipv6();

// One overlapped receive into its own buffer, with its own WSAOVERLAPPED and event. Where it is still pending
// when it is destroyed, it is cancelled and awaited first: the system writes to both until it has completed.
class PendingReceive {
 public:
  explicit PendingReceive(std::size_t size = 16) : buffer_(size) { overlapped_.hEvent = event_.handle(); }
  ~PendingReceive();
  PendingReceive(const PendingReceive&) = delete;
  PendingReceive& operator=(const PendingReceive&) = delete;

  // Issues WSARecv; error 0 = completed now, WSA_IO_PENDING = later.
  Outcome post(const Socket& socket, DWORD flags = 0);
  // The same into given buffers.
  Outcome post(const Socket& socket, WSABUF* buffers, DWORD count, DWORD flags = 0);

  bool signalled(DWORD milliseconds = 0) const { return event_.wait(milliseconds); }
  // Waits for the event, then asks WSAGetOverlappedResult; WSA_IO_INCOMPLETE where patience ran out.
  Outcome finish();
  // WSAGetOverlappedResult without waiting.
  Outcome result();

  // The first `count` bytes of the buffer.
  std::string text(std::size_t count) const { return {buffer_.data(), count}; }
  WSAOVERLAPPED* overlapped() { return &overlapped_; }

 private:
  Event event_;
  std::vector<char> buffer_;
  WSAOVERLAPPED overlapped_{};
  NativeSocket socket_ = no_socket;
};

// One overlapped receive whose completion calls a routine, in the thread that posted it. It must be destroyed
// there, which cancels and awaits it where it is pending.
class RoutineReceive {
 public:
  using Routine = std::function<void(RoutineReceive&)>;
  explicit RoutineReceive(Routine routine = {}, std::size_t size = 16);
  ~RoutineReceive();
  RoutineReceive(const RoutineReceive&) = delete;
  RoutineReceive& operator=(const RoutineReceive&) = delete;

  Outcome post(const Socket& socket);
  // How often the routine has run, and what its last run was told.
  int runs() const { return runs_; }
  const Outcome& outcome() const { return outcome_; }
  // True once the system has finished with the receive, whether or not the routine has run.
  bool completed() const { return !outstanding_ || HasOverlappedIoCompleted(&call_.overlapped); }
  std::string text() const { return {buffer_.data(), outcome_.bytes}; }
  void set_context(void* context) { call_.overlapped.hEvent = context; }
  void* context() const { return call_.overlapped.hEvent; }
  WSAOVERLAPPED* overlapped() { return &call_.overlapped; }

 private:
  // Standard layout, so that the routine finds its receive from the WSAOVERLAPPED it is given.
  struct Call {
    WSAOVERLAPPED overlapped{};
    RoutineReceive* receive = nullptr;
  };
  static void CALLBACK on_complete(DWORD error, DWORD bytes, WSAOVERLAPPED* overlapped, DWORD flags);

  Call call_;
  Routine routine_;
  std::vector<char> buffer_;
  NativeSocket socket_ = no_socket;
  Outcome outcome_;
  int runs_ = 0;
  bool outstanding_ = false;
};

// Waits alertably until `done`; false where patience ran out.
bool wait_alertably_until(const std::function<bool()>& done);
// Waits without being alertable until `done`; false where patience ran out.
bool wait_until(const std::function<bool()>& done);

// A completion port, and one packet taken from it.
struct Packet {
  bool dequeued = false;  // false: nothing came in time
  bool succeeded = false;
  DWORD error = 0;  // GetLastError where not
  DWORD bytes = 0;
  ULONG_PTR key = 0;
  OVERLAPPED* overlapped = nullptr;
};
class Port {
 public:
  // The concurrency value as CreateIoCompletionPort takes it: 0 = the number of processors.
  explicit Port(DWORD concurrency = 1);  // throws std::system_error
  ~Port() { CloseHandle(handle_); }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  HANDLE handle() const { return handle_; }
  void associate(const Socket& socket, ULONG_PTR key = 0);        // throws
  void post(DWORD bytes, ULONG_PTR key, OVERLAPPED* overlapped);  // throws
  Packet take(DWORD milliseconds = patience_ms);

 private:
  HANDLE handle_;
};

// A datagram socket bound to an IPv4 loopback port, and one datagram from one to another address.
Socket bound_datagram_socket();
void connect_datagram_socket(const Socket& socket, const Address& peer);  // throws
void send_datagram(const Socket& from, const Address& to, std::string_view text);

}  // namespace recvbench
