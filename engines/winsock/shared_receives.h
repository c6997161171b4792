// The receives of a connection whose completions any of an engine's threads may bring: what iocp and
// threadpool-io share. It sees to the order of the stream, and that no two threads have the connection in
// their hands at a time:
// - With one receive in flight this costs nothing: until it is posted again no completion can reach another
//   thread, and after that this one does not touch the connection any more.
// - With several, two threads may learn of two completions of one connection in order and still meet in any
//   order. Then, and only then, a completion passes through Arrivals: three atomic read-modify-writes a
//   receive, and no thread ever waits for another.
#pragma once

#include <atomic>

#include "engines/winsock/arrivals.h"
#include "engines/winsock/overlapped_receives.h"

namespace recvbench {

class SharedReceives : public OverlappedReceives {
 public:
  // `threads`: how many may bring completions of this connection. Once `stopping` is set, whoever has the
  // connection next ends it with canceled_error(); it must outlive this object.
  SharedReceives(Connection& connection, const EngineSettings& settings, int threads,
                 const std::atomic<bool>& stopping)
      : OverlappedReceives(connection, settings),
        single_(settings.receives_in_flight <= 1),
        shared_(threads > 1 && !single_),
        stopping_(stopping) {}

  // Both are called by the thread that brings something, and are true where this was the last of it: nothing
  // is in flight, no other thread knows the connection, and on_close(end()) is the caller's to call. Where
  // they are false the connection may be in other hands, or gone: it must not be touched any more.

  // Once, before any completion: posts the receives.
  [[nodiscard]] bool begin(ReceiveSink& sink, WorkerCounters& counters);
  // The completion of one of them.
  [[nodiscard]] bool complete(WSAOVERLAPPED& overlapped, DWORD bytes, std::error_code error,
                              ReceiveSink& sink, WorkerCounters& counters);

 private:
  bool deliver_as_owner(ReceiveSink& sink, WorkerCounters& counters);
  bool deliver(ReceiveSink& sink, WorkerCounters& counters);

  const bool single_;
  const bool shared_;  // completions can be in several threads' hands at once
  const std::atomic<bool>& stopping_;
  Arrivals arrivals_;  // where shared_
};

}  // namespace recvbench
