// Turns the bytes that an engine delivers into counted, checked and timed messages.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engines/engine.h"
#include "harness/receiver/datagram_port.h"
#include "harness/plan/scenario.h"
#include "loadgen/message_stream.h"
#include "loadgen/sequence_window.h"
#include "results/connection_tallies.h"
#include "results/latency_recorder.h"
#include "results/window_sums.h"

namespace recvbench {

// What every message of a run is checked against. Fixed before the engine starts, but for the window, which
// the generator names shortly before its first message.
struct Expectation {
  std::uint64_t run_id = 0;
  std::uint32_t connections = 0;  // idle ones too; of those that take others' places any number may come
  MessageSizes size_bytes;
  Workload workload = Workload::sink;
  bool verify = false;
  std::uint64_t seed = 1;                             // of the sizes
  std::uint64_t messages_per_connection = 0;          // then another takes its place; 0 = none does
  ConnectionClose close = ConnectionClose::graceful;  // of one whose place another takes
  SlowPeers slow{};  // whose messages are checked and counted, and are neither timed nor part of a rate
  std::uint32_t compared = 0;  // the first so many of the connections, by what comes on each (sink)
};

// The stream of one connection as far as it has been read. Touched by one engine thread at a time.
struct StreamState {
  MessageStream stream;
  std::uint32_t number = 0;
  std::uint64_t next_sequence = 0;  // one past the highest
  // What has come, from the first message out of its turn on: a stream has none, but for a defect.
  std::unique_ptr<SequenceWindow> disorder;
  bool greeted = false;
  std::size_t greeting_left = header_bytes;  // of the stream's first bytes, which are not answered
  bool payload_bad = false;                  // of the message being read
  bool over = false;                         // refused, or failed and counted: nothing more of it is
  ConnectionTally* tally = nullptr;          // where it is looked at
};

class ReceivedConnection final : public Connection {
 public:
  using Connection::Connection;
  StreamState state;
};

// Totals over all threads.
struct ReceiveTotals {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t window_messages = 0;  // intended inside the window
  std::uint64_t window_slow = 0;      // of them, from connections that are slow on purpose
  std::uint64_t done_in_window = 0;   // received while the window lasted, from the others
  std::uint64_t bytes_in_window = 0;  // the same
  std::uint64_t corrupt = 0;
  std::uint64_t out_of_sequence = 0;
  std::uint64_t negative_latencies = 0;
  std::uint64_t greeted = 0;
  std::uint64_t closed = 0;             // of the greeted ones
  std::uint64_t closed_with_error = 0;  // of the greeted ones, not counting those still open at stop
  std::uint64_t strangers = 0;
  // What is counted here was received; duplicates and truncated ones are not messages. Of a stream, which
  // delivers each message once and in its turn, they are `out_of_sequence` too.
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t truncated = 0;
};

// The window of intended send times, on the generator's clock. Set once; read by every sink.
class MeasuredWindow {
 public:
  void set(std::uint64_t begin_ns, std::uint64_t end_ns) noexcept {
    begin_ns_.store(begin_ns, std::memory_order_relaxed);
    end_ns_.store(end_ns, std::memory_order_relaxed);
  }
  struct Bounds {
    std::uint64_t begin_ns;
    std::uint64_t end_ns;
    bool contains(std::uint64_t at_ns) const noexcept { return at_ns >= begin_ns && at_ns < end_ns; }
  };
  Bounds bounds() const noexcept {
    return {begin_ns_.load(std::memory_order_relaxed), end_ns_.load(std::memory_order_relaxed)};
  }

 private:
  std::atomic<std::uint64_t> begin_ns_{UINT64_MAX};
  std::atomic<std::uint64_t> end_ns_{0};
};

// A count with one writer: readers see a recent value, and the writer pays a plain add (no atomic
// read-modify-write).
class SingleWriterCount {
 public:
  void add(std::uint64_t n) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// One engine thread's accounting.
class MessageAccount {
 public:
  // `tallies`: shared by the accounts of all threads.
  MessageAccount(const Expectation& expectation, const MeasuredWindow& window, ConnectionTallies& tallies);

  // Takes what one receive delivered. False where the connection must be closed: a stranger, or a broken
  // stream.
  bool receive(StreamState& state, NativeSocket reply_to, std::span<const std::byte> bytes);
  // The same for one datagram: a message of its own. What is not the generator's is a stranger's and
  // ignored.
  void receive_datagram(DatagramState& state, NativeSocket reply_to, const Datagram& datagram);
  void closed(const StreamState& state, std::error_code error);
  // A datagram socket ended. It has no end of its own: unless `asked`, for the harness is stopping the
  // engine, that is an error, whatever the engine says. `lost_at_socket`: dropped_datagrams() of the
  // load.
  void port_closed(std::error_code error, bool asked, std::optional<std::uint64_t> lost_at_socket);

  ReceiveTotals totals() const;
  // After the engine has stopped.
  void collect(IntervalHistograms& response, IntervalHistograms& service) const;
  void collect_windows(WindowSeries& response, WindowSeries& received) const;
  std::int64_t out_of_range() const;
  // From a connection's connect call to its greeting's receive, of connections that took others' places in
  // the window.
  void collect_accepts(IntervalHistograms& accept) const;
  // Text of the first error a connection ended with; empty where none did. After the engine has stopped.
  const std::string& first_error() const { return first_error_; }
  // UDP, of the sockets that ended on this thread: what their full buffers have dropped of the load, where
  // the system tells of each.
  std::optional<std::uint64_t> lost_at_sockets() const { return lost_at_sockets_; }

 private:
  // What one receive adds to the counts: gathered in registers, stored once a receive.
  struct Tally {
    std::uint64_t messages = 0;
    std::uint64_t in_window = 0;
    std::uint64_t slow_in_window = 0;
  };
  bool greet(StreamState& state, const MessageHeader& header, std::uint64_t done_ns,
             const MeasuredWindow::Bounds& window);
  bool is_reset_as_asked(const StreamState& state, std::error_code error) const;
  bool is_our_greeting(const MessageHeader& header) const;
  // That the message must have.
  std::uint32_t length_of(const MessageHeader& header) const noexcept {
    return expectation_.size_bytes.of(expectation_.seed, header.connection, header.sequence);
  }
  bool is_new(SequenceWindow& peer, std::uint64_t sequence);
  bool is_new_out_of_turn(StreamState& state, std::uint64_t sequence);
  bool is_from_a_peer(const DatagramState& state, std::span<const std::byte> source) const;
  void reply(NativeSocket to, const Datagram& datagram);
  void message(StreamState& state, const MessageHeader& header, std::uint64_t done_ns,
               const MeasuredWindow::Bounds& window, Tally& tally);
  void time_message(const MessageHeader& header, std::uint64_t done_ns, const MeasuredWindow::Bounds& window,
                    ConnectionTally* connection, Tally& tally);
  void add(const Tally& tally, std::size_t bytes);
  void add_to_rates(const Tally& tally, std::size_t bytes, std::uint64_t done_ns,
                    const MeasuredWindow::Bounds& window);

  const Expectation& expectation_;
  const MeasuredWindow& window_;
  ConnectionTallies& tallies_;
  LatencyRecorder response_{0};  // intervals count from the window's begin
  LatencyRecorder service_{0};
  WindowSums response_windows_{0};
  WindowSums received_windows_{0};         // by the time they were received
  std::optional<LatencyRecorder> accept_;  // where connections take others' places
  SingleWriterCount messages_, bytes_, window_messages_, window_slow_, done_in_window_, bytes_in_window_,
      corrupt_, out_of_sequence_, negative_latencies_, greeted_, closed_, closed_with_error_, strangers_,
      duplicated_, reordered_, truncated_;
  std::string first_error_;
  std::optional<std::uint64_t> lost_at_sockets_ = 0;
};

// The harness's side of the engine contract for one run: an account per engine thread.
class MessageAccounting final : public ReceiveHandler {
 public:
  // What an engine is given: ReceivedConnection, SyntheticStream for an engine that uses no sockets, or
  // DatagramPort.
  enum class Streams { received, synthetic, datagrams };
  MessageAccounting(const Expectation& expectation, Streams streams);
  ~MessageAccounting() override;

  ReceiveSink& attach_thread() override;
  void set_window(std::uint64_t begin_ns, std::uint64_t end_ns) { window_.set(begin_ns, end_ns); }

  // The harness is about to stop the engine: from here on what is open may end.
  void expect_end() { end_expected_.store(true, std::memory_order_relaxed); }

  // Any time; exact once the engine has stopped.
  ReceiveTotals totals() const;
  // After the engine has stopped.
  void collect(IntervalHistograms& response, IntervalHistograms& service) const;
  // The same by 250 ms: response times, and messages received.
  void collect_windows(WindowSeries& response, WindowSeries& received) const;
  void collect_accepts(IntervalHistograms& accept) const;
  // What came on each of the connections that are looked at.
  std::vector<ConnectionFigures> connections() const { return tallies_.figures(); }
  std::int64_t out_of_range() const;
  std::string first_error() const;
  std::optional<std::uint64_t> lost_at_sockets() const;

 private:
  class Sink;
  template <class ConnectionType>
  class SinkOf;
  class DatagramSink;

  Expectation expectation_;
  Streams streams_;
  MeasuredWindow window_;
  ConnectionTallies tallies_;
  std::atomic<bool> end_expected_ = false;
  mutable std::mutex mutex_;  // guards the list only, taken when a thread attaches
  std::vector<std::unique_ptr<Sink>> sinks_;
};

}  // namespace recvbench
