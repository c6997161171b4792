// A connection with its request queue, and the receives it has in flight: RIOReceive on a stream,
// RIOReceiveEx with a place for the source on a datagram socket.
#pragma once

#include <winsock2.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "engines/engine.h"
#include "engines/winsock/rio/abi.h"
#include "engines/winsock/rio/slices.h"
#include "engines/worker_counters.h"

namespace recvbench {

// How receives that are posted in a row reach the kernel (setting `commit`).
//
//   deferred      all but the last with RIO_MSG_DEFER; the last starts them all: one transition for the row
//   commit-only   all with RIO_MSG_DEFER, then RIO_MSG_COMMIT_ONLY; the documentation has it that otherwise
//                 the last request is completed "much slower than other requests" (RIOReceive)
//   each          none deferred: one transition a receive
struct RioCommit {
  DWORD in_row;      // flags of a receive that is followed by another of its connection
  DWORD end_of_row;  // of the last one
  bool commit_only;  // then RIO_MSG_COMMIT_ONLY
};
inline constexpr std::string_view rio_commit_names[] = {"deferred", "commit-only", "each"};
inline constexpr RioCommit rio_commits[] = {
    {rio::defer, 0, false}, {rio::defer, rio::defer, true}, {0, 0, false}};

// Its address is the socket's context, so it stays until the completions of all its requests have been
// dequeued, longer than the connection itself. One thread at a time.
class RioStream {
 public:
  RioStream(const rio::FunctionTable& rio, const RioCommit& commit, std::unique_ptr<Connection> connection)
      : rio_(rio), commit_(commit), connection_(std::move(connection)) {}
  virtual ~RioStream() = default;
  RioStream(const RioStream&) = delete;
  RioStream& operator=(const RioStream&) = delete;

  // Whose completion this is.
  static RioStream& of(const rio::Result& result) {
    return *reinterpret_cast<RioStream*>(result.socket_context);
  }

  // The request queue, for as many receives as there are slices, and the first of them. Room in the
  // completion queue must be charged. Where it fails some may be in flight nevertheless.
  std::error_code open(rio::CompletionQueue queue, std::vector<RioSlice*> slices, WorkerCounters& counters);

  // A completion: delivers, then posts the slice again. `more`: another one of this stream follows, to be
  // handed over next. With a value the connection has come to its end: the caller takes it (release) and
  // closes it with that error.
  std::optional<std::error_code> complete(const rio::Result& result, bool more, ReceiveSink& sink,
                                          WorkerCounters& counters);

  // A completion after release(), of which nothing is wanted.
  void drop() { --in_flight_; }

  // Hands the connection out, to be closed. What is in flight completes and is dequeued all the same.
  std::unique_ptr<Connection> release();

  bool is_open() const { return connection_ != nullptr; }
  // Nothing will come any more: the stream may be destroyed, its slices used again.
  bool is_done() const { return connection_ == nullptr && in_flight_ == 0; }
  bool has_queue() const { return queue_ != rio::invalid_request_queue; }
  const std::vector<RioSlice*>& slices() const { return slices_; }

  std::size_t place = 0;  // in the list of streams

 private:
  bool is_datagrams() const { return connection_->kind() == Connection::Kind::datagrams; }
  // What a completion brought, to the sink; as complete().
  std::optional<std::error_code> deliver_bytes(const rio::Result& result, ReceiveSink& sink,
                                               WorkerCounters& counters);
  std::optional<std::error_code> deliver_datagram(const rio::Result& result, ReceiveSink& sink,
                                                  WorkerCounters& counters);
  std::error_code post(RioSlice& slice, bool more, WorkerCounters& counters);
  bool receive(RioSlice& slice, DWORD flags);
  std::error_code commit();

  const rio::FunctionTable& rio_;
  const RioCommit& commit_;
  std::unique_ptr<Connection> connection_;  // null once released
  rio::RequestQueue queue_ = rio::invalid_request_queue;
  std::vector<RioSlice*> slices_;
  int in_flight_ = 0;
  bool deferred_ = false;  // requests wait to be started
};

}  // namespace recvbench
