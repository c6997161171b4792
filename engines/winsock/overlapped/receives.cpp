// Posting, delivering and ending overlapped receives.
#include "engines/winsock/overlapped/receives.h"

#include <windows.h>

#include <algorithm>
#include <cassert>
#include <iterator>

#include "platform/error.h"

namespace recvbench {
namespace {

std::size_t operation_count(const EngineSettings& settings) {
  return static_cast<std::size_t>(std::max(1, settings.receives_in_flight));
}

DWORD wsarecv_flags(const EngineSettings& settings) {
  constexpr DWORD flags[std::size(wsarecv_flags_choices)] = {0, MSG_PUSH_IMMEDIATE, MSG_WAITALL};
  return flags[settings.get(wsarecv_flags_setting)];
}

// Cuts `bytes` of memory into as many pieces as there are buffers; the first ones take what does not divide.
void split(std::byte* memory, std::size_t bytes, std::span<WSABUF> buffers) {
  for (std::size_t left = buffers.size(); left > 0; --left) {
    const std::size_t piece = (bytes + left - 1) / left;
    buffers[buffers.size() - left] = {static_cast<ULONG>(piece), reinterpret_cast<CHAR*>(memory)};
    memory += piece;
    bytes -= piece;
  }
}

bool by_wsarecvmsg(const Connection& connection, const EngineSettings& settings) {
  return connection.kind() == Connection::Kind::datagrams && settings.on(datagram_call_setting);
}

}  // namespace

void OverlappedReceives::admit(const Connection& connection, const EngineSettings& settings) {
  if (by_wsarecvmsg(connection, settings)) report_destinations(connection.socket());
}

OverlappedReceives::OverlappedReceives(Connection& connection, const EngineSettings& settings,
                                       LPWSAOVERLAPPED_COMPLETION_ROUTINE routine, AtOnce at_once)
    : connection_(connection),
      routine_(routine),
      at_once_(at_once),
      flags_(wsarecv_flags(settings)),
      recvmsg_(by_wsarecvmsg(connection, settings) ? find_wsarecvmsg(connection.socket()) : nullptr),
      buffer_bytes_(settings.buffer_bytes),
      memory_(new std::byte[settings.buffer_bytes * operation_count(settings)]),
      buffers_(static_cast<std::size_t>(settings.get(wsabufs_setting)) * operation_count(settings)),
      operations_(operation_count(settings)) {
  const std::size_t pieces = buffers_.size() / operations_.size();
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    operations_[i].buffers = std::span(buffers_).subspan(i * pieces, pieces);
    split(&memory_[i * settings.buffer_bytes], settings.buffer_bytes, operations_[i].buffers);
  }
}

OverlappedReceives::~OverlappedReceives() {
  assert(idle());
}

Posted OverlappedReceives::post_all(WorkerCounters& counters) {
  // The range's ends are read once, before the first post: this object is not looked at after the last one.
  Posted last = Posted::failed;
  for (auto& operation : operations_) {
    last = post(operation, counters);
    if (last == Posted::failed) break;
  }
  return last;
}

Posted OverlappedReceives::deliver_oldest(ReceiveSink& sink, WorkerCounters& counters) {
  ReceiveOperation& operation = oldest();
  discard_oldest();
  if (ended_) return Posted::failed;
  const bool goes_on =
      datagrams() ? deliver_datagram(operation, sink, counters) : deliver_bytes(operation, sink, counters);
  return goes_on ? post(operation, counters) : Posted::failed;
}

bool OverlappedReceives::deliver_bytes(const ReceiveOperation& operation, ReceiveSink& sink,
                                       WorkerCounters& counters) {
  if (operation.error || operation.bytes == 0) {
    close(operation.error);  // zero bytes = the peer has closed its side
    return false;
  }
  counters.completion();
  const auto* bytes = reinterpret_cast<const std::byte*>(operation.buffers.front().buf);
  if (sink.on_receive(connection_, {bytes, operation.bytes})) return true;
  close({});
  return false;
}

bool OverlappedReceives::deliver_datagram(ReceiveOperation& operation, ReceiveSink& sink,
                                          WorkerCounters& counters) {
  const bool truncated = has_cut_off(operation.error, operation.message.dwFlags);
  if (operation.error && !truncated) {
    if (concerns_earlier_send(operation.error)) return true;
    close(operation.error);
    return false;
  }
  counters.completion();
  const auto* bytes = reinterpret_cast<const std::byte*>(operation.buffers.front().buf);
  Address destination;
  if (recvmsg_ != nullptr) {
    operation.source.size = operation.message.namelen;
    // A receive that has failed has no control data.
    if (!truncated) destination = destination_of(operation.message);
  }
  const Datagram datagram{{bytes, truncated ? buffer_bytes_ : operation.bytes},
                          operation.source.bytes(),
                          truncated,
                          {static_cast<const std::byte*>(destination.data()), destination.size()}};
  if (sink.on_datagram(connection_, datagram)) return true;
  close({});
  return false;
}

void OverlappedReceives::discard_oldest() {
  oldest().done = false;
  oldest_ = oldest_ + 1 == operations_.size() ? 0 : oldest_ + 1;
  --in_flight_;
}

void OverlappedReceives::close(std::error_code error) {
  if (ended_) return;
  ended_ = true;
  end_ = error;
  // Fails where nothing is left to cancel (ERROR_NOT_FOUND): that is what is wanted.
  if (!idle()) CancelIoEx(reinterpret_cast<HANDLE>(connection_.native()), nullptr);
}

Posted OverlappedReceives::post(ReceiveOperation& operation, WorkerCounters& counters) {
  // Read now: once the receive is announced, this object may be in other hands, or gone.
  const bool announced = at_once_ == AtOnce::announced;
  const bool of_datagrams = datagrams();
  for (;;) {
    counters.receive_call();
    ++in_flight_;
    expect_completion();
    const int error = start_receive(operation);
    if (error == WSA_IO_PENDING) return Posted::announced;
    // A datagram that was waiting did not fit. To the system this is a success (STATUS_BUFFER_OVERFLOW), and
    // the completion comes as after any other.
    if (error == 0 || (of_datagrams && error == WSAEMSGSIZE)) {
      if (announced) return Posted::announced;
      expect_no_completion();
      operation.bytes = static_cast<DWORD>(operation.InternalHigh);
      operation.error = error == 0 ? std::error_code() : socket_error(error);
      operation.done = true;
      return Posted::done;
    }
    expect_no_completion();  // any other error
    --in_flight_;
    if (of_datagrams && concerns_earlier_send(socket_error(error))) continue;
    close(socket_error(error));
    return Posted::failed;
  }
}

int OverlappedReceives::start_receive(ReceiveOperation& operation) {
  const int result = recvmsg_ != nullptr ? receive_message(operation)
                     : datagrams()       ? receive_datagram(operation)
                                         : receive_bytes(operation);
  return result == 0 ? 0 : WSAGetLastError();
}

// No address for the byte count: the OVERLAPPED has it where it is needed at once, and the completion brings
// it in any other case.
int OverlappedReceives::receive_bytes(ReceiveOperation& operation) {
  DWORD flags = flags_;
  return WSARecv(connection_.native(), operation.buffers.data(), static_cast<DWORD>(operation.buffers.size()),
                 nullptr, &flags, &operation, routine_);
}

int OverlappedReceives::receive_datagram(ReceiveOperation& operation) {
  DWORD flags = 0;
  operation.source.size = static_cast<int>(operation.source.storage.size());
  return WSARecvFrom(connection_.native(), operation.buffers.data(),
                     static_cast<DWORD>(operation.buffers.size()), nullptr, &flags,
                     reinterpret_cast<sockaddr*>(operation.source.storage.data()), &operation.source.size,
                     &operation, routine_);
}

int OverlappedReceives::receive_message(ReceiveOperation& operation) {
  WSAMSG& message = operation.message;
  message.name = reinterpret_cast<sockaddr*>(operation.source.storage.data());
  message.namelen = static_cast<int>(operation.source.storage.size());
  message.lpBuffers = operation.buffers.data();
  message.dwBufferCount = static_cast<DWORD>(operation.buffers.size());
  message.Control = {static_cast<ULONG>(operation.control.storage.size()),
                     reinterpret_cast<CHAR*>(operation.control.storage.data())};
  message.dwFlags = 0;
  return recvmsg_(connection_.native(), &message, nullptr, &operation, routine_);
}

}  // namespace recvbench
