// select: readiness of the sockets in an fd_set, asked anew at every call.
//
//   copy the set; select(0, &readable, ...) -> for each socket left in it: recv
//
// The oldest and most portable way to wait for many sockets. Winsock's fd_set is not a bit set but a counted
// array of handles, and select overwrites it with the sockets that are ready. Two things follow:
// - FD_SET, FD_CLR and FD_ISSET each search the array. The textbook loop, which fills a set and then asks
//   FD_ISSET for every connection, therefore costs n² compares a wakeup: 4 million at 2,000 connections. Here
//   the set is kept up to date as connections come and go, copied by its filled part, and the answer is read
//   as the array it is.
// - the limit is on the number of sockets in a set, not on their values, so more threads do raise it.
//
// Use it: for code that must run everywhere, with tens of connections. Do not: for many connections; every
// call carries all of them into the kernel, and a thread can watch no more than its set holds.
//
// Limits: FD_SETSIZE sockets a set, 64 unless defined before winsock2.h is included ("Maximum Number of
// Sockets Supported" in the Winsock documentation); this program is compiled with 2048. One place is the
// wake-up's, so a thread holds 2,047 connections.
#include <winsock2.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "engines/readiness_worker.h"
#include "engines/winsock/attempt.h"
#include "engines/winsock/engines.h"

namespace recvbench {
namespace {

constexpr std::size_t connections_per_thread = FD_SETSIZE - 1;

// FD_SET without its search for duplicates.
void append(fd_set& set, SOCKET socket) {
  set.fd_array[set.fd_count++] = socket;
}

// A copy of the places in use, not of all 16 KiB.
void copy(fd_set& to, const fd_set& from) {
  to.fd_count = from.fd_count;
  std::memcpy(to.fd_array, from.fd_array, from.fd_count * sizeof from.fd_array[0]);
}

class SelectWorker final : public ReadinessWorker {
 public:
  explicit SelectWorker(const EngineSettings& settings) : ReadinessWorker(settings, connections_per_thread) {}

  void run(ReceiveSink& sink) override {
    append(watched_, waker_.native());
    for (;;) {
      copy(ready_, watched_);
      counters_.wait_call();
      // The first argument is ignored by Winsock; no timeout = wait for as long as it takes.
      if (select(0, &ready_, nullptr, nullptr, nullptr) == SOCKET_ERROR) {
        throw_error(last_socket_error(), "select", std::to_string(watched_.fd_count) + " sockets");
      }
      const auto before = counters_.completions();
      const bool woken = receive_ready(sink);
      counters_.wakeup(counters_.completions() - before);
      if (woken && !take_new()) return;
    }
  }

 private:
  // Receives from every socket in ready_. True where the wake-up is among them.
  bool receive_ready(ReceiveSink& sink) {
    bool woken = false;
    bool any_ended = false;
    std::size_t place = 0;
    for (u_int i = 0; i < ready_.fd_count; ++i) {
      place = find(ready_.fd_array[i], place);
      if (place == 0) {
        woken = true;
        continue;
      }
      auto& connection = connections_[place - 1];
      if (const auto end = receive(*connection, sink)) {
        finish(std::move(connection), sink, *end);
        any_ended = true;
      }
    }
    if (any_ended) close_ranks();
    return woken;
  }

  // The place of a ready socket in watched_. The search begins where the last one ended and goes round: one
  // step for each socket watched as long as the answer keeps the order of the question, which Windows and
  // Wine do, yet the right place in any order.
  std::size_t find(SOCKET socket, std::size_t place) const {
    while (watched_.fd_array[place] != socket) place = place + 1 == watched_.fd_count ? 0 : place + 1;
    return place;
  }

  // Closes the gaps that ended connections left, keeping the order.
  void close_ranks() {
    std::erase(connections_, nullptr);
    watched_.fd_count = 1;
    for (const auto& connection : connections_) append(watched_, connection->native());
  }

  // False = stop.
  bool take_new() {
    waker_.clear();
    const std::size_t first_new = connections_.size();
    if (!inbox().take(connections_)) return false;
    for (std::size_t i = first_new; i < connections_.size(); ++i) append(watched_, connections_[i]->native());
    return true;
  }

  fd_set watched_{};  // [0] is the wake-up, [i] is connections_[i - 1]
  fd_set ready_{};    // select's question and answer
};

}  // namespace

EngineDescriptor select_engine() {
  EngineDescriptor engine;
  engine.name = "select";
  engine.api = "select + recv";
  engine.platform = "windows";
  engine.summary = "each thread selects all of its sockets for readiness, then receives";
  engine.protocols = {"tcp", "udp"};
  engine.limits = {
      {"sockets per set", FD_SETSIZE, "FD_SETSIZE, as this program was compiled (winsock2.h's own is 64)"},
      {"connections per thread", connections_per_thread, "FD_SETSIZE less the wake-up socket"}};
  engine.settings = {threads_setting, buffer_setting, peek_setting, datagram_call_setting,
                     socket_buffer_setting};
  engine.max_connections = [](const EngineSettings& settings) {
    return std::optional<std::uint64_t>(connections_per_thread *
                                        static_cast<std::uint64_t>(std::max(1, settings.threads)));
  };
  engine.probe = [] { return available_if([] { const Waker waker; }); };
  engine.create = [](const EngineSettings& settings) -> std::unique_ptr<ReceiveEngine> {
    return std::make_unique<WorkerEngine>(
        "select", settings, [](const EngineSettings& s) { return std::make_unique<SelectWorker>(s); });
  };
  return engine;
}

}  // namespace recvbench
