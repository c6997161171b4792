// RIOReceive, and what becomes of it.
#include "engines/winsock/rio_stream.h"

#include <utility>

#include "platform/error.h"

namespace recvbench {

std::error_code RioStream::open(rio::CompletionQueue queue, std::vector<RioSlice*> slices,
                                WorkerCounters& counters) {
  slices_ = std::move(slices);
  queue_ = rio_.create_request_queue(connection_->native(), static_cast<ULONG>(slices_.size()),
                                     rio::max_buffers_per_request, 0, rio::max_buffers_per_request, queue,
                                     queue, this);
  if (queue_ == rio::invalid_request_queue) return last_socket_error();
  for (RioSlice* const slice : slices_) {
    if (const std::error_code error = post(*slice, slice != slices_.back(), counters)) return error;
  }
  return {};
}

std::optional<std::error_code> RioStream::complete(const rio::Result& result, bool more, ReceiveSink& sink,
                                                   WorkerCounters& counters) {
  --in_flight_;
  if (!is_open()) return std::nullopt;
  if (result.status != 0) return socket_error(result.status);
  if (result.bytes_transferred == 0) return std::error_code();
  auto& slice = *reinterpret_cast<RioSlice*>(result.request_context);
  counters.completion();
  if (!sink.on_receive(*connection_, {slice.data, result.bytes_transferred})) return std::error_code();
  if (const std::error_code error = post(slice, more, counters)) return error;
  return std::nullopt;
}

std::unique_ptr<Connection> RioStream::release() {
  // After closesocket there is no queue to commit. A failure changes nothing: the socket is about to be
  // closed.
  if (deferred_) commit();
  return std::move(connection_);
}

std::error_code RioStream::post(RioSlice& slice, bool more, WorkerCounters& counters) {
  const DWORD flags = more ? commit_.in_row : commit_.end_of_row;
  counters.receive_call();
  if (!rio_.receive(queue_, &slice.where, 1, flags, &slice)) return last_socket_error();
  ++in_flight_;
  deferred_ = flags == rio::defer;
  return !more && commit_.commit_only ? commit() : std::error_code();
}

std::error_code RioStream::commit() {
  if (!rio_.receive(queue_, nullptr, 0, rio::commit_only, nullptr)) return last_socket_error();
  deferred_ = false;
  return {};
}

}  // namespace recvbench
