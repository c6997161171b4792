// Posting, delivering and ending overlapped receives.
#include "engines/winsock/overlapped_receives.h"

#include <windows.h>

#include <algorithm>
#include <cassert>

#include "platform/error.h"

namespace recvbench {

OverlappedReceives::OverlappedReceives(Connection& connection, const EngineSettings& settings,
                                       LPWSAOVERLAPPED_COMPLETION_ROUTINE routine)
    : connection_(connection),
      routine_(routine),
      buffers_(new std::byte[settings.buffer_bytes *
                             static_cast<std::size_t>(std::max(1, settings.receives_in_flight))]),
      operations_(static_cast<std::size_t>(std::max(1, settings.receives_in_flight))) {
  std::byte* next = buffers_.get();
  for (auto& operation : operations_) {
    operation.buffer.len = static_cast<ULONG>(settings.buffer_bytes);
    operation.buffer.buf = reinterpret_cast<CHAR*>(next);
    next += settings.buffer_bytes;
  }
}

OverlappedReceives::~OverlappedReceives() {
  assert(idle());
}

bool OverlappedReceives::post_all(WorkerCounters& counters) {
  // The range's ends are read once, before the first post: this object is not looked at after the last one.
  for (auto& operation : operations_) {
    if (!post(operation, counters)) return false;
  }
  return true;
}

bool OverlappedReceives::deliver_oldest(ReceiveSink& sink, WorkerCounters& counters) {
  ReceiveOperation& operation = oldest();
  discard_oldest();
  if (ended_) return false;
  if (operation.error || operation.bytes == 0) {
    close(operation.error);  // zero bytes = the peer has closed its side
    return false;
  }
  counters.completion();
  const auto* bytes = reinterpret_cast<const std::byte*>(operation.buffer.buf);
  if (!sink.on_receive(connection_, {bytes, operation.bytes})) {
    close({});
    return false;
  }
  return post(operation, counters);
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

bool OverlappedReceives::post(ReceiveOperation& operation, WorkerCounters& counters) {
  counters.receive_call();
  ++in_flight_;
  DWORD flags = 0;
  // No address for the byte count: it would only be valid where the call completes at once, and the
  // completion brings it in any case.
  if (WSARecv(connection_.native(), &operation.buffer, 1, nullptr, &flags, &operation, routine_) == 0) {
    return true;  // completed already; its completion is announced like any other
  }
  const int error = WSAGetLastError();
  if (error == WSA_IO_PENDING) return true;
  --in_flight_;  // any other error: there will be no completion
  close(socket_error(error));
  return false;
}

}  // namespace recvbench
