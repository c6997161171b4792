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
#include <cstddef>

#include "engines/winsock/overlapped/arrivals.h"
#include "engines/winsock/overlapped/receives.h"

namespace recvbench {

// Where receives that succeed at once are not announced, a peer that sends as fast as it is served could keep
// a thread to itself for ever: after so many of them in a row the others have their turn.
inline constexpr std::size_t most_a_silent_turn = 16;

// What a thread that brought something has to do next for the connection.
enum class Turn {
  passed_on,   // nothing: the connection may be in other hands, or gone, and must not be touched any more
  over,        // on_close(end()): this was the last of it, nothing is in flight and no other thread knows it
  unfinished,  // go_on(), soon, on any thread: there is more to deliver, and nothing else will announce it
};

class SharedReceives : public OverlappedReceives {
 public:
  // `threads`: how many may bring completions of this connection. Once `stopping` is set, whoever has the
  // connection next ends it with canceled_error(); it must outlive this object. Only with AtOnce::silent is a
  // turn ever unfinished. Admits the connection. Throws as OverlappedReceives.
  SharedReceives(Connection& connection, const EngineSettings& settings, int threads,
                 const std::atomic<bool>& stopping, AtOnce at_once = AtOnce::announced);

  // Once, before any completion: posts the receives.
  [[nodiscard]] Turn begin(ReceiveSink& sink, WorkerCounters& counters);
  // The completion of one of them.
  [[nodiscard]] Turn complete(WSAOVERLAPPED& overlapped, DWORD bytes, std::error_code error,
                              ReceiveSink& sink, WorkerCounters& counters);
  // Once after each turn that was unfinished.
  [[nodiscard]] Turn go_on(ReceiveSink& sink, WorkerCounters& counters);

 private:
  Turn deliver_as_owner(ReceiveSink& sink, WorkerCounters& counters);
  Turn deliver(ReceiveSink& sink, WorkerCounters& counters);

  const bool single_;
  const bool shared_;  // completions can be in several threads' hands at once
  const std::size_t most_a_turn_;
  const std::atomic<bool>& stopping_;
  Arrivals arrivals_;  // where shared_
};

}  // namespace recvbench
