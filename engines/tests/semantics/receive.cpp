// WSARecv in its forms, and what they are awaited with.
#include "engines/tests/semantics/receive.h"

#include <span>

#include "platform/clock.h"
#include "platform/error.h"

namespace recvbench {
namespace {

bool poll_until(const std::function<bool()>& done, bool alertable) {
  const std::uint64_t deadline = now_ns() + std::uint64_t{patience_ms} * 1'000'000;
  while (!done()) {
    if (now_ns() > deadline) return false;
    SleepEx(1, alertable ? TRUE : FALSE);
  }
  return true;
}

Outcome outcome_of(int returned, DWORD bytes, DWORD flags) {
  if (returned == SOCKET_ERROR) return {WSAGetLastError(), bytes, flags};
  return {0, bytes, flags};
}

// Cancels what is pending; harmless where the socket has been closed, which cancels it as well.
void cancel(NativeSocket socket, WSAOVERLAPPED* overlapped) {
  CancelIoEx(reinterpret_cast<HANDLE>(socket), overlapped);
}

}  // namespace

Event::Event() : handle_(WSACreateEvent()) {
  if (handle_ == WSA_INVALID_EVENT) throw_error(last_socket_error(), "WSACreateEvent");
}

std::string error_text(int error) {
  // Three codes are Win32's under another name.
  switch (error) {
    case WSA_IO_PENDING:
      return "WSA_IO_PENDING";
    case WSA_IO_INCOMPLETE:
      return "WSA_IO_INCOMPLETE";
    case WSA_OPERATION_ABORTED:
      return "WSA_OPERATION_ABORTED";
    default:
      return socket_error_name(error);
  }
}

std::string win32_error_text(DWORD error) {
  switch (error) {
    case ERROR_INVALID_HANDLE:
      return "ERROR_INVALID_HANDLE";
    case ERROR_NETNAME_DELETED:
      return "ERROR_NETNAME_DELETED";
    case ERROR_INVALID_PARAMETER:
      return "ERROR_INVALID_PARAMETER";
    case WAIT_IO_COMPLETION:
      return "WAIT_IO_COMPLETION";
    case ERROR_MORE_DATA:
      return "ERROR_MORE_DATA";
    case WAIT_TIMEOUT:
      return "WAIT_TIMEOUT";
    case ERROR_ABANDONED_WAIT_0:
      return "ERROR_ABANDONED_WAIT_0";
    case ERROR_OPERATION_ABORTED:
      return "ERROR_OPERATION_ABORTED";
    default:
      return "error " + std::to_string(error);
  }
}

std::string describe(const Outcome& outcome) {
  if (outcome.error != 0) return error_text(outcome.error);
  return outcome.bytes == 1 ? "1 byte" : std::to_string(outcome.bytes) + " bytes";
}

void set_receive_timeout(const Socket& socket, DWORD milliseconds) {
  const auto* value = reinterpret_cast<const char*>(&milliseconds);
  if (setsockopt(socket.native(), SOL_SOCKET, SO_RCVTIMEO, value, sizeof milliseconds) != 0) {
    throw_error(last_socket_error(), "setsockopt", "SO_RCVTIMEO");
  }
}

SocketPair blocking_pair() {
  SocketPair pair = connected_pair();
  set_receive_timeout(pair.accepted, patience_ms);
  set_receive_timeout(pair.connected, patience_ms);
  return pair;
}

Outcome receive(NativeSocket socket, WSABUF* buffers, DWORD count, DWORD flags) {
  DWORD bytes = 0;
  const int returned = WSARecv(socket, buffers, count, &bytes, &flags, nullptr, nullptr);
  return outcome_of(returned, bytes, flags);
}

Outcome receive(NativeSocket socket, std::vector<char>& buffer, DWORD flags) {
  WSABUF wsabuf{static_cast<ULONG>(buffer.size()), buffer.data()};
  return receive(socket, &wsabuf, 1, flags);
}

std::string receive_text(const Socket& socket, DWORD flags, std::size_t size) {
  std::vector<char> buffer(size);
  const Outcome outcome = receive(socket.native(), buffer, flags);
  if (outcome.error == 0) return {buffer.data(), outcome.bytes};
  if (outcome.error == WSAEMSGSIZE) return "WSAEMSGSIZE: " + std::string(buffer.data(), size);
  return describe(outcome);
}

void send_text(const Socket& socket, std::string_view text) {
  const IoResult sent = send_all(socket.native(), std::as_bytes(std::span(text)), patience);
  EXPECT_EQ(sent.bytes, text.size()) << sent.error.message();
}

void buffer_text(const SocketPair& pair, std::string_view text) {
  send_text(pair.connected, text);
  EXPECT_TRUE(wait_readable(pair.accepted.native(), patience));
}

void wait_buffered(const Socket& socket, std::size_t bytes) {
  u_long readable = 0;
  EXPECT_TRUE(wait_until([&] {
    return ioctlsocket(socket.native(), FIONREAD, &readable) == 0 && readable >= bytes;
  })) << readable
      << " of " << bytes << " bytes are there";
}

bool has_ipv6() {
  try {
    bind_socket(open_tcp(AddressFamily::ipv6), Address::loopback(AddressFamily::ipv6));
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

PendingReceive::~PendingReceive() {
  if (socket_ == no_socket || HasOverlappedIoCompleted(&overlapped_)) return;
  cancel(socket_, &overlapped_);
  EXPECT_TRUE(wait_until([&] { return HasOverlappedIoCompleted(&overlapped_); }));
}

Outcome PendingReceive::post(const Socket& socket, DWORD flags) {
  WSABUF wsabuf{static_cast<ULONG>(buffer_.size()), buffer_.data()};
  return post(socket, &wsabuf, 1, flags);
}

Outcome PendingReceive::post(const Socket& socket, WSABUF* buffers, DWORD count, DWORD flags) {
  DWORD bytes = 0;
  const int returned = WSARecv(socket.native(), buffers, count, &bytes, &flags, &overlapped_, nullptr);
  const Outcome outcome = outcome_of(returned, bytes, flags);
  if (outcome.error == 0 || outcome.error == WSA_IO_PENDING) socket_ = socket.native();
  return outcome;
}

Outcome PendingReceive::finish() {
  return signalled(patience_ms) ? result() : Outcome{WSA_IO_INCOMPLETE};
}

Outcome PendingReceive::result() {
  Outcome outcome;
  if (!WSAGetOverlappedResult(socket_, &overlapped_, &outcome.bytes, FALSE, &outcome.flags)) {
    outcome.error = WSAGetLastError();
  }
  return outcome;
}

RoutineReceive::RoutineReceive(Routine routine, std::size_t size)
    : routine_(std::move(routine)), buffer_(size) {
  call_.receive = this;
}

RoutineReceive::~RoutineReceive() {
  if (!outstanding_) return;
  routine_ = {};
  cancel(socket_, &call_.overlapped);
  EXPECT_TRUE(wait_alertably_until([&] { return !outstanding_; }));
}

Outcome RoutineReceive::post(const Socket& socket) {
  WSABUF wsabuf{static_cast<ULONG>(buffer_.size()), buffer_.data()};
  DWORD bytes = 0;
  DWORD flags = 0;
  socket_ = socket.native();
  const int returned = WSARecv(socket_, &wsabuf, 1, &bytes, &flags, &call_.overlapped, &on_complete);
  const Outcome outcome = outcome_of(returned, bytes, flags);
  outstanding_ = outcome.error == 0 || outcome.error == WSA_IO_PENDING;
  return outcome;
}

void CALLBACK RoutineReceive::on_complete(DWORD error, DWORD bytes, WSAOVERLAPPED* overlapped, DWORD flags) {
  RoutineReceive& self = *CONTAINING_RECORD(overlapped, Call, overlapped)->receive;
  self.outstanding_ = false;
  self.outcome_ = {static_cast<int>(error), bytes, flags};
  ++self.runs_;
  if (self.routine_) self.routine_(self);
}

bool wait_alertably_until(const std::function<bool()>& done) {
  return poll_until(done, true);
}
bool wait_until(const std::function<bool()>& done) {
  return poll_until(done, false);
}

Port::Port(DWORD concurrency)
    : handle_(CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, concurrency)) {
  if (handle_ == nullptr) throw_error(last_system_error(), "CreateIoCompletionPort");
}

void Port::associate(const Socket& socket, ULONG_PTR key) {
  if (CreateIoCompletionPort(reinterpret_cast<HANDLE>(socket.native()), handle_, key, 0) == nullptr) {
    throw_error(last_system_error(), "CreateIoCompletionPort", "socket");
  }
}

void Port::post(DWORD bytes, ULONG_PTR key, OVERLAPPED* overlapped) {
  if (!PostQueuedCompletionStatus(handle_, bytes, key, overlapped)) {
    throw_error(last_system_error(), "PostQueuedCompletionStatus");
  }
}

Packet Port::take(DWORD milliseconds) {
  Packet packet;
  packet.succeeded =
      GetQueuedCompletionStatus(handle_, &packet.bytes, &packet.key, &packet.overlapped, milliseconds);
  if (!packet.succeeded) packet.error = GetLastError();
  packet.dequeued = packet.succeeded || packet.overlapped != nullptr;
  return packet;
}

Socket bound_datagram_socket() {
  Socket socket = open_udp(AddressFamily::ipv4);
  bind_socket(socket, Address::loopback(AddressFamily::ipv4));
  return socket;
}

void connect_datagram_socket(const Socket& socket, const Address& peer) {
  const auto* address = static_cast<const sockaddr*>(peer.data());
  if (connect(socket.native(), address, static_cast<int>(peer.size())) != 0) {
    throw_error(last_socket_error(), "connect", peer.to_string());
  }
}

void send_datagram(const Socket& from, const Address& to, std::string_view text) {
  const int sent = sendto(from.native(), text.data(), static_cast<int>(text.size()), 0,
                          static_cast<const sockaddr*>(to.data()), static_cast<int>(to.size()));
  EXPECT_EQ(sent, static_cast<int>(text.size())) << last_socket_error().message();
}

}  // namespace recvbench
