// What the harness asks of a generator for one run, and what it gets back: the content of the control
// messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loadgen/arrival_pattern.h"
#include "loadgen/message_sizes.h"
#include "loadgen/slow_peers.h"
#include "results/connection_tallies.h"
#include "results/latency_recorder.h"
#include "results/window_sums.h"

namespace recvbench {

inline constexpr double min_rate_per_s = 1e-3;
inline constexpr double max_rate_per_s = 1e9;  // k / rate stays exact to a nanosecond
// Longest warm-up, window or drain: 30 min. A result is one control message, and 64 MiB hold the interval
// histograms of about an hour.
inline constexpr std::uint64_t max_phase_ns = 1'800'000'000'000;

// UDP has no end to wait for. Once all is sent, what is missing is awaited until nothing has been sent or
// come for so long, or until the time to drain is over. A receiver that is alive but held up (by the
// scheduler, page faults, a busy machine) goes on well before; without this end every run that lost one
// datagram would last its whole drain.
inline constexpr std::uint64_t quiet_ns = 1'000'000'000;

// Of a Poisson load, shorter gaps between sends say how long a send takes rather than when it was due.
inline constexpr std::uint64_t unresolved_gap_ns = 50'000;

enum class Protocol { tcp, udp };
enum class Workload { sink, echo };
enum class ConnectionClose {
  graceful,  // by FIN, and the next connection begins once the receiver has closed its side too
  abortive,  // by RST: what the receiver has not read yet may be lost
};
enum class LoadMode {
  open,    // messages at intended times, whatever the receiver does
  max,     // as fast as possible: sink fills the sockets; echo keeps `in_flight` messages unanswered
  closed,  // echo: one message unanswered a connection; after its reply the next is due in `think_ns`
};

struct LoadPlan {
  std::uint64_t run_id = 0;  // in every greeting
  // Of the receiver's data listener, or its datagram socket. At least one; the connections are divided over
  // several in equal shares, the first of them to the first host.
  std::vector<std::string> hosts;
  std::uint16_t port = 0;
  Protocol protocol = Protocol::tcp;  // udp: a connection is a connected socket, a message is a datagram
  Workload workload = Workload::sink;
  LoadMode mode = LoadMode::open;
  std::uint32_t connections = 1;  // >= 1
  MessageSizes size_bytes = 64;   // over UDP at most most_datagram_bytes
  // TCP: further connections beside `connections`, numbered after them, that greet and never send.
  std::uint32_t idle_connections = 0;
  // TCP, without idle ones: a connection is closed once so many messages are sent on it (echo: and answered),
  // and another takes its place, whose number is higher by `connections`. 0 = each lasts as long as the load.
  std::uint64_t messages_per_connection = 0;
  ConnectionClose close = ConnectionClose::graceful;  // of those: the last ones close gracefully
  // TCP in mode open, without messages_per_connection. Fewer than `connections`; readers with echo only.
  SlowPeers slow;
  ArrivalPattern arrival;  // mode open
  double rate_per_s = 0;   // mode open: > 0, mean total over all connections
  std::uint64_t seed = 1;  // of what arrives at random, and of lengths that differ
  // Mode closed. With a time to think, the first messages are spread over one, so that the connections are
  // not in step.
  std::uint64_t think_ns = 0;
  std::uint32_t in_flight = 1;  // per connection, mode max with echo
  // At most so many messages go into one send call (only such as are due, and as fit in 64 KiB); 1 = every
  // message has its own send call and, without delay, its own segment.
  std::uint32_t messages_per_send = 1;
  // Mode open: due but not yet sent or, in echo over TCP, not answered; what falls due beyond it is
  // dropped. Over UDP replies may be lost, and none is counted on.
  std::uint64_t max_outstanding = 1'000'000;
  int threads = 1;        // never more than connections
  std::vector<int> cpus;  // pinning of generator threads; empty = not pinned
  bool verify = false;    // echo: check every payload byte of the replies
  std::uint64_t warmup_ns = 0;
  std::uint64_t duration_ns = 0;
  std::uint64_t drain_ns = 5'000'000'000;  // at most, for replies after the window and for the close

  // The first so many connections are compared with each other, where each lasts as long as the load.
  std::uint32_t compared() const { return messages_per_connection == 0 ? connections : 0; }
  // Index of the host that this connection goes to; the idle ones take turns.
  std::size_t host_of(std::uint32_t connection) const {
    return connection < connections ? connection * hosts.size() / connections : connection % hosts.size();
  }
};

struct LoadResult {
  std::uint64_t sent = 0;
  std::uint64_t window_sent = 0;  // whose intended time lies in the window
  // These two, and all latencies and gaps, are of the connections that are not slow on purpose.
  std::uint64_t window_due = 0;          // mode open: that fell due in the window, dropped ones too
  std::uint64_t sent_during_window = 0;  // whose send call came while the window lasted
  std::uint64_t echoed = 0;
  std::uint64_t window_echoed = 0;
  std::uint64_t dropped = 0;
  std::uint64_t send_failed = 0;  // datagrams that the system did not take; not in `sent`
  std::uint64_t duplicated = 0;   // UDP: replies that came again
  std::uint64_t reordered = 0;    // UDP: replies that came after a later one
  std::uint64_t corrupt = 0;      // replies with a wrong header, sequence or payload
  std::uint64_t out_of_sequence = 0;
  std::uint64_t connections_opened = 0;  // and greeted, idle ones too
  std::uint64_t connections_failed = 0;  // that were to take another's place
  std::uint64_t connection_errors = 0;
  std::string first_error;   // text of the first connection error, or failure to connect
  std::uint64_t cpu_ns = 0;  // of the whole generator process inside the window
  // CPU time of the busiest thread inside the window / window, without what it spun away waiting for the next
  // due time.
  double busiest_thread_share = 0;
  double mean_gap_ns = 0;          // between actual sends inside the window; mode open, 0 below two messages
  std::uint64_t out_of_range = 0;  // latencies the histograms could not hold
  IntervalHistograms response;     // echo: done - intended; empty in sink
  IntervalHistograms service;      // echo: done - actual send
  IntervalHistograms slip;         // actual - intended send time; mode open, and closed with time to think
  WindowSeries response_windows;   // echo: done - intended, by 250 ms of intended time
  // Mode open, Poisson: gaps between the sends of one thread, each as far as it exceeds unresolved_gap_ns, in
  // units of the thread's mean gap: then exponential with mean 1, since that distribution has no memory. An
  // even subsample.
  std::vector<double> gaps;
  // Of the connections that are looked at: what was sent on each of the window's messages and, echo, came
  // back.
  std::vector<ConnectionFigures> connections;
};

}  // namespace recvbench
