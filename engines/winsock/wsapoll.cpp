// wsapoll: readiness of any number of sockets, asked anew at every call.
//
//   WSAPoll(entries, n, -1) -> for each entry with revents: recv
//
// select without its limit and without its copied set: events and revents are separate fields, so the array
// is built once and changes only with the connections. Every call still hands the kernel the whole array, and
// every return makes the thread look through it, so the cost of a wakeup grows with the connections held, not
// with those that have something to say.
//
// Use it: to port poll() code, or for tens of connections whose bytes must stay in the kernel until there is
// a buffer for them. Do not: for thousands of mostly idle connections (iocp, rio), nor to watch connects
// before Windows 10 version 2004, where one that failed is never reported (WSAPoll, Remarks).
//
// Limits: none on the number of entries. POLLPRI must not be asked for (the call fails with WSAEINVAL); an
// array without one valid socket is WSAEINVAL too, which the wake-up socket rules out. Windows Vista on.
#include <winsock2.h>

#include <string>
#include <utility>

#include "engines/readiness_worker.h"
#include "engines/winsock/attempt.h"
#include "engines/winsock/engines.h"

namespace recvbench {
namespace {

class WsaPollWorker final : public ReadinessWorker {
 public:
  explicit WsaPollWorker(const EngineSettings& settings) : ReadinessWorker(settings) {}

  void run(ReceiveSink& sink) override {
    watch(waker_.native());
    for (;;) {
      counters_.wait_call();
      int ready = WSAPoll(entries_.data(), static_cast<ULONG>(entries_.size()), -1);
      if (ready == SOCKET_ERROR) {
        throw_error(last_socket_error(), "WSAPoll", std::to_string(entries_.size()) + " sockets");
      }
      const bool woken = entries_[0].revents != 0;
      if (woken) --ready;
      const auto before = counters_.completions();
      // From the back: a connection that ends gives its place to the last one, which has been looked at
      // already.
      for (std::size_t i = entries_.size() - 1; ready > 0 && i > 0; --i) {
        // POLLHUP, POLLERR and POLLNVAL come without being asked for; recv says what they mean.
        if (entries_[i].revents == 0) continue;
        --ready;
        if (const auto end = receive(*connections_[i - 1], sink)) remove(i, sink, *end);
      }
      counters_.wakeup(counters_.completions() - before);
      if (woken && !take_new()) return;
    }
  }

 private:
  // POLLRDNORM is data on a stream; POLLIN would add POLLRDBAND, TCP's out-of-band byte.
  void watch(SOCKET socket) { entries_.push_back(WSAPOLLFD{socket, POLLRDNORM, 0}); }

  // False = stop.
  bool take_new() {
    waker_.clear();
    if (!inbox().take(connections_)) return false;
    while (entries_.size() <= connections_.size()) watch(connections_[entries_.size() - 1]->native());
    return true;
  }

  void remove(std::size_t entry, ReceiveSink& sink, std::error_code error) {
    auto ended = std::exchange(connections_[entry - 1], std::move(connections_.back()));
    connections_.pop_back();
    entries_[entry] = entries_.back();
    entries_.pop_back();
    finish(std::move(ended), sink, error);
  }

  std::vector<WSAPOLLFD> entries_;  // [0] is the wake-up, [i] is connections_[i - 1]
};

}  // namespace

EngineDescriptor wsapoll_engine() {
  EngineDescriptor engine;
  engine.name = "wsapoll";
  engine.api = "WSAPoll + recv";
  engine.platform = "windows";
  engine.summary = "each thread polls all of its sockets for readiness, then receives";
  engine.protocols = {"tcp", "udp"};
  engine.settings = {threads_setting, buffer_setting, peek_setting, datagram_call_setting,
                     socket_buffer_setting};
  engine.max_connections = [](const EngineSettings&) { return std::optional<std::uint64_t>(); };
  engine.probe = [] { return available_if([] { const Waker waker; }); };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<WorkerEngine>(
        "wsapoll", settings, [](const EngineSettings& s) { return std::make_unique<WsaPollWorker>(s); });
  };
  return engine;
}

}  // namespace recvbench
