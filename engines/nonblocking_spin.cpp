// nonblocking-spin: no waiting at all; each thread asks its sockets in turn, again and again.
//
//   for (;;) for each socket: recv, non-blocking -> bytes, or "nothing now" -> the next one
//
// Nothing has to wake up here, so what a message waits for is the rest of the round: the receiver neither
// sleeps nor is it woken, and no call says which socket is ready. The price is a processor for each thread,
// busy or not, and a recv for each connection and round, of which nearly all find nothing: the time to the
// next look at a socket grows with the connections, as under poll, but is paid in system calls.
//
// A thread that never waits is always ready to run. Systems share a processor among equally important
// threads by time slices (Scheduling Priorities in the Windows documentation; sched(7)), so whatever else is
// to run there, the sender of the very bytes it looks for perhaps, stands back for a whole slice: tens of
// milliseconds and more on Windows. Therefore it gives the rest of its slice away after `yield` rounds that
// brought nothing: after each one, as it stands. That costs about as much as one more recv, since the call
// returns at once where nobody else is ready (SwitchToThread; sched_yield(2)), and is bounded by rounds and
// not by time, because a round takes the longer the more connections there are. yield=0 never gives it away:
// for threads that have their processors to themselves (pinned, and kept clear of others), and for nothing
// else.
//
// Use it: for the lowest latency on few connections where processors can be given away. Do not: where the
// processors are shared, where power matters, or for more than tens of connections a thread.
//
// Limits: none of its own. A thread without connections sleeps.
#include "engines/nonblocking_spin.h"

#include <optional>
#include <thread>
#include <utility>

#include "engines/doorbell.h"
#include "engines/nonblocking_worker.h"

namespace recvbench {
namespace {

constexpr Setting yield_setting =
    number_setting("yield", "rounds without a byte after which the thread gives up its time slice; 0: never",
                   1, 0, 1'000'000);

class SpinWorker final : public NonblockingWorker {
 public:
  explicit SpinWorker(const EngineSettings& settings)
      : NonblockingWorker(settings), patience_(settings.get(yield_setting)) {}

  void wake() noexcept override { doorbell_.ring(); }

  void run(ReceiveSink& sink) override {
    std::uint64_t empty_rounds = 0;
    for (;;) {
      if (connections_.empty()) doorbell_.wait();
      if (doorbell_.answer() && !inbox().take(connections_)) return;
      if (receive_round(sink)) {
        empty_rounds = 0;
      } else if (++empty_rounds == patience_) {
        std::this_thread::yield();
        empty_rounds = 0;
      }
    }
  }

 private:
  // One recv on each socket. False where none had anything.
  bool receive_round(ReceiveSink& sink) {
    const auto before = counters_.completions();
    // From the back: a connection that ends gives its place to the last one, which has been asked already.
    for (std::size_t i = connections_.size(); i-- > 0;) {
      if (const auto end = receive(*connections_[i], sink)) remove(i, sink, *end);
    }
    return counters_.completions() != before;
  }

  void remove(std::size_t place, ReceiveSink& sink, std::error_code error) {
    auto ended = std::exchange(connections_[place], std::move(connections_.back()));
    connections_.pop_back();
    finish(std::move(ended), sink, error);
  }

  const std::uint64_t patience_;  // empty rounds before a yield; 0 is never reached
  Doorbell doorbell_;
};

}  // namespace

EngineDescriptor nonblocking_spin_engine() {
  EngineDescriptor engine;
  engine.name = "nonblocking-spin";
  engine.api = "recv on non-blocking sockets";
  engine.platform = "any";
  engine.summary = "each thread asks all of its sockets in turn, without ever waiting";
  engine.protocols = {"tcp", "udp"};
  engine.settings = {threads_setting,       buffer_setting,        peek_setting,
                     datagram_call_setting, socket_buffer_setting, yield_setting};
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] { return Availability{}; };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<WorkerEngine>("nonblocking-spin", settings, [](const EngineSettings& s) {
      return std::make_unique<SpinWorker>(s);
    });
  };
  return engine;
}

}  // namespace recvbench
