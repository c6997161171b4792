// RIOReceive, and what becomes of it.
#include "engines/winsock/rio/stream.h"

#include <cstddef>
#include <span>
#include <utility>

#include "platform/datagram.h"
#include "platform/error.h"

namespace recvbench {
namespace {

RioSlice& slice_of(const rio::Result& result) {
  return *reinterpret_cast<RioSlice*>(result.request_context);
}

}  // namespace

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
  const auto end =
      is_datagrams() ? deliver_datagram(result, sink, counters) : deliver_bytes(result, sink, counters);
  if (end) return end;
  if (const std::error_code error = post(slice_of(result), more, counters)) return error;
  return std::nullopt;
}

std::optional<std::error_code> RioStream::deliver_bytes(const rio::Result& result, ReceiveSink& sink,
                                                        WorkerCounters& counters) {
  if (result.status != 0) return socket_error(result.status);
  if (result.bytes_transferred == 0) return std::error_code();
  counters.completion();
  if (sink.on_receive(*connection_, {slice_of(result).data, result.bytes_transferred})) return std::nullopt;
  return std::error_code();
}

std::optional<std::error_code> RioStream::deliver_datagram(const rio::Result& result, ReceiveSink& sink,
                                                           WorkerCounters& counters) {
  const std::error_code error = result.status != 0 ? socket_error(result.status) : std::error_code();
  // Larger than the slice, which is full then.
  const bool truncated = error == std::errc::message_size;
  if (error && !truncated) {
    if (concerns_earlier_send(error)) return std::nullopt;
    return error;
  }
  counters.completion();
  const RioSlice& slice = slice_of(result);
  const std::size_t source_bytes =
      slice.source->si_family == AF_INET ? sizeof(slice.source->Ipv4) : sizeof(slice.source->Ipv6);
  const Datagram datagram{{slice.data, truncated ? slice.where.length : result.bytes_transferred},
                          std::as_bytes(std::span(slice.source, 1)).first(source_bytes),
                          truncated};
  if (sink.on_datagram(*connection_, datagram)) return std::nullopt;
  return std::error_code();
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
  if (!receive(slice, flags)) return last_socket_error();
  ++in_flight_;
  deferred_ = flags == rio::defer;
  return !more && commit_.commit_only ? commit() : std::error_code();
}

bool RioStream::receive(RioSlice& slice, DWORD flags) {
  if (!is_datagrams()) return rio_.receive(queue_, &slice.where, 1, flags, &slice) != FALSE;
  return rio_.receive_ex(queue_, &slice.where, 1, nullptr, &slice.source_where, nullptr, nullptr, flags,
                         &slice) != FALSE;
}

std::error_code RioStream::commit() {
  if (!rio_.receive(queue_, nullptr, 0, rio::commit_only, nullptr)) return last_socket_error();
  deferred_ = false;
  return {};
}

}  // namespace recvbench
