#include "harness/receiver/message_accounting.h"

#include <algorithm>

#include "harness/receiver/synthetic_stream.h"
#include "platform/clock.h"
#include "platform/datagram.h"
#include "platform/error.h"

namespace recvbench {

namespace {
// A generator that does not take its echoes for so long has failed: bounded, so that stop() is.
constexpr std::chrono::milliseconds reply_timeout{2000};

// Unknown where one of them is.
std::optional<std::uint64_t> sum(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b) {
  return a && b ? std::optional(*a + *b) : std::nullopt;
}
}  // namespace

MessageAccount::MessageAccount(const Expectation& expectation, const MeasuredWindow& window,
                               ConnectionTallies& tallies)
    : expectation_(expectation), window_(window), tallies_(tallies) {
  if (expectation.messages_per_connection > 0) accept_.emplace(0);
}

bool MessageAccount::receive(StreamState& state, NativeSocket reply_to, std::span<const std::byte> bytes) {
  const std::uint64_t done_ns = now_ns();
  const MeasuredWindow::Bounds window = window_.bounds();
  const std::size_t of_greeting = std::min(state.greeting_left, bytes.size());
  state.greeting_left -= of_greeting;
  Tally tally;
  bool keep = true;
  const HeaderError error = state.stream.feed(
      bytes,
      [&](const MessageHeader& header) {
        if (state.greeted)
          message(state, header, done_ns, window, tally);
        else if (!state.over)
          keep = greet(state, header, done_ns, window);
      },
      [&](const MessageHeader& header, std::size_t offset, std::span<const std::byte> payload) {
        if (expectation_.verify && !payload_matches(header.connection, header.sequence, offset, payload))
          state.payload_bad = true;
      });
  add(tally, bytes.size());
  if (!expectation_.slow.is_slow(state.number)) add_to_rates(tally, bytes.size(), done_ns, window);
  if (error != HeaderError::none) {
    if (!state.over) (state.greeted ? corrupt_ : strangers_).add(1);
    state.over = true;
    if (state.greeted && first_error_.empty())
      first_error_ = std::string("bad message header (") + to_string(error) + ")";
    return false;
  }
  // The reply goes out verbatim, one plain send a receive, for every engine alike, without the greeting.
  const std::span<const std::byte> answer = bytes.subspan(of_greeting);
  if (keep && expectation_.workload == Workload::echo && !answer.empty()) {
    const IoResult sent = send_all(reply_to, answer, reply_timeout);
    if (sent.error == canceled_error()) {  // the engine was stopped: the generator waits for no reply then
      state.over = true;
      return false;
    }
    if (sent.error) {
      if (first_error_.empty()) first_error_ = "send (echo reply): " + sent.error.message();
      closed_with_error_.add(1);
      state.over = true;
      return false;
    }
  }
  return keep;
}

void MessageAccount::add(const Tally& tally, std::size_t bytes) {
  messages_.add(tally.messages);
  window_messages_.add(tally.in_window);
  window_slow_.add(tally.slow_in_window);
  bytes_.add(bytes);
}

void MessageAccount::add_to_rates(const Tally& tally, std::size_t bytes, std::uint64_t done_ns,
                                  const MeasuredWindow::Bounds& window) {
  if (!window.contains(done_ns)) return;
  received_windows_.add(done_ns - window.begin_ns, tally.messages, 0);
  done_in_window_.add(tally.messages);
  bytes_in_window_.add(bytes);
}

void MessageAccount::receive_datagram(DatagramState& state, NativeSocket reply_to, const Datagram& datagram) {
  const std::uint64_t done_ns = now_ns();
  MessageHeader header;
  const bool readable = datagram.bytes.size() >= header_bytes &&
                        decode_header(datagram.bytes.first<header_bytes>(), header) == HeaderError::none;
  if (!readable && is_from_a_peer(state, datagram.source))
    return (datagram.truncated ? truncated_ : corrupt_).add(1);
  if (!readable || header.connection >= state.peers.size()) return strangers_.add(1);
  auto& peer = state.peers[header.connection];
  if (header.flags == greeting_flag) {
    // Repeated until the run starts, so that one of them arrives.
    if (!is_our_greeting(header)) return strangers_.add(1);
    if (peer) return;
    peer = std::make_unique<DatagramPeer>();
    peer->address.assign(datagram.source.begin(), datagram.source.end());
    peer->tally = tallies_.find(header.connection);
    ++state.greeted;
    return greeted_.add(1);
  }
  if (!peer) return strangers_.add(1);
  if (datagram.truncated) return truncated_.add(1);
  const bool intact = header.length == datagram.bytes.size() && header.length == length_of(header) &&
                      header.flags == no_flags &&
                      (!expectation_.verify || payload_matches(header.connection, header.sequence, 0,
                                                               datagram.bytes.subspan(header_bytes)));
  if (!intact) return corrupt_.add(1);
  if (!is_new(peer->arrived, header.sequence)) return duplicated_.add(1);

  const MeasuredWindow::Bounds window = window_.bounds();
  Tally tally;
  ++tally.messages;
  time_message(header, done_ns, window, peer->tally, tally);
  add(tally, datagram.bytes.size());
  add_to_rates(tally, datagram.bytes.size(), done_ns, window);
  if (expectation_.workload == Workload::echo) reply(reply_to, datagram);
}

// What cannot be read says not who sent it: an engine that spoils what it received must not pass for a
// stranger.
bool MessageAccount::is_from_a_peer(const DatagramState& state, std::span<const std::byte> source) const {
  return !source.empty() && std::any_of(state.peers.begin(), state.peers.end(), [&](const auto& peer) {
    return peer && std::equal(source.begin(), source.end(), peer->address.begin(), peer->address.end());
  });
}

// False where it was here already.
bool MessageAccount::is_new(SequenceWindow& peer, std::uint64_t sequence) {
  const auto arrival = peer.arrived(sequence);
  if (arrival == SequenceWindow::Arrival::late) reordered_.add(1);
  return arrival != SequenceWindow::Arrival::duplicate;
}

void MessageAccount::reply(NativeSocket to, const Datagram& datagram) {
  const std::error_code error = send_datagram(to, datagram.bytes, datagram.source, reply_timeout);
  if (!error || concerns_earlier_send(error) || error == canceled_error()) return;
  closed_with_error_.add(1);
  if (first_error_.empty()) first_error_ = "sendto (echo reply): " + error.message();
}

void MessageAccount::port_closed(std::error_code error, bool asked,
                                 std::optional<std::uint64_t> lost_at_socket) {
  lost_at_sockets_ = sum(lost_at_sockets_, lost_at_socket);
  const bool failed = error && error != std::errc::operation_canceled;
  if (asked && !failed) return;
  closed_with_error_.add(1);
  if (!first_error_.empty()) return;
  first_error_ = failed ? "receive: " + error.message()
                        : "the engine ended the datagram socket before the harness stopped it";
}

bool MessageAccount::is_our_greeting(const MessageHeader& header) const {
  return header.flags == greeting_flag && header.sequence == expectation_.run_id &&
         header.length == header_bytes &&
         (header.connection < expectation_.connections || expectation_.messages_per_connection > 0);
}

bool MessageAccount::greet(StreamState& state, const MessageHeader& header, std::uint64_t done_ns,
                           const MeasuredWindow::Bounds& window) {
  if (!is_our_greeting(header)) {
    strangers_.add(1);
    state.over = true;
    return false;
  }
  state.number = header.connection;
  state.tally = tallies_.find(header.connection);
  state.greeted = true;
  greeted_.add(1);
  if (accept_ && window.contains(header.intended_ns)) {
    const auto accept_ns = static_cast<std::int64_t>(done_ns - header.intended_ns);
    if (accept_ns < 0)
      negative_latencies_.add(1);
    else
      accept_->record(done_ns - window.begin_ns, accept_ns);
  }
  return true;
}

void MessageAccount::message(StreamState& state, const MessageHeader& header, std::uint64_t done_ns,
                             const MeasuredWindow::Bounds& window, Tally& tally) {
  const bool expected = header.length == length_of(header) && header.connection == state.number &&
                        header.flags == no_flags && !state.payload_bad;
  if (!expected) corrupt_.add(1);
  state.payload_bad = false;
  if (header.sequence == state.next_sequence && !state.disorder)
    ++state.next_sequence;
  else if (!is_new_out_of_turn(state, header.sequence))
    return duplicated_.add(1);
  ++tally.messages;
  time_message(header, done_ns, window, state.tally, tally);
}

// Of a stream that was out of sequence before or is so now. False where it was here already.
bool MessageAccount::is_new_out_of_turn(StreamState& state, std::uint64_t sequence) {
  const std::uint64_t next = state.next_sequence;
  state.next_sequence = std::max(next, sequence + 1);
  if (sequence != next) out_of_sequence_.add(1);
  if (!state.disorder)
    state.disorder = std::make_unique<SequenceWindow>(SequenceWindow::in_order_up_to(next));
  return is_new(*state.disorder, sequence);
}

void MessageAccount::time_message(const MessageHeader& header, std::uint64_t done_ns,
                                  const MeasuredWindow::Bounds& window, ConnectionTally* connection,
                                  Tally& tally) {
  if (!window.contains(header.intended_ns)) return;
  ++tally.in_window;
  if (expectation_.slow.is_slow(header.connection)) {
    ++tally.slow_in_window;
    return;
  }
  // In echo the generator measures the round trip; a one-way figure here would only cost time.
  if (expectation_.workload == Workload::echo) return;
  const auto response_ns = static_cast<std::int64_t>(done_ns - header.intended_ns);
  const auto service_ns = static_cast<std::int64_t>(done_ns - header.actual_ns);
  if (response_ns < 0 || service_ns < 0) {
    negative_latencies_.add(1);
    return;
  }
  const std::uint64_t since_begin_ns = done_ns - window.begin_ns;
  response_.record(since_begin_ns, response_ns);
  service_.record(since_begin_ns, service_ns);
  response_windows_.add(since_begin_ns, 1, static_cast<std::uint64_t>(response_ns));
  if (connection != nullptr) connection->received.record(static_cast<std::uint64_t>(response_ns));
}

void MessageAccount::closed(const StreamState& state, std::error_code error) {
  if (!state.greeted) return;
  closed_.add(1);
  if (state.over) return;
  if (is_reset_as_asked(state, error)) return;
  const bool cut = !error && !state.stream.at_boundary();
  if (cut || (error && error != std::errc::operation_canceled)) {
    closed_with_error_.add(1);
    if (first_error_.empty())
      first_error_ = cut ? "connection closed in mid-message" : "receive: " + error.message();
  }
}

// A reset that came before the last message was received has lost some.
bool MessageAccount::is_reset_as_asked(const StreamState& state, std::error_code error) const {
  return expectation_.close == ConnectionClose::abortive && state.stream.at_boundary() &&
         state.next_sequence == expectation_.messages_per_connection &&
         (error == std::errc::connection_reset || error == std::errc::connection_aborted);
}

std::int64_t MessageAccount::out_of_range() const {
  return response_.out_of_range() + service_.out_of_range() + (accept_ ? accept_->out_of_range() : 0);
}

void MessageAccount::collect_accepts(IntervalHistograms& accept) const {
  if (accept_) accept_->collect(accept);
}

ReceiveTotals MessageAccount::totals() const {
  ReceiveTotals totals;
  totals.messages = messages_.value();
  totals.bytes = bytes_.value();
  totals.window_messages = window_messages_.value();
  totals.window_slow = window_slow_.value();
  totals.done_in_window = done_in_window_.value();
  totals.bytes_in_window = bytes_in_window_.value();
  totals.corrupt = corrupt_.value();
  totals.out_of_sequence = out_of_sequence_.value();
  totals.negative_latencies = negative_latencies_.value();
  totals.greeted = greeted_.value();
  totals.closed = closed_.value();
  totals.closed_with_error = closed_with_error_.value();
  totals.strangers = strangers_.value();
  totals.duplicated = duplicated_.value();
  totals.reordered = reordered_.value();
  totals.truncated = truncated_.value();
  return totals;
}

void MessageAccount::collect(IntervalHistograms& response, IntervalHistograms& service) const {
  response_.collect(response);
  service_.collect(service);
}

void MessageAccount::collect_windows(WindowSeries& response, WindowSeries& received) const {
  add_windows(response, response_windows_.windows());
  add_windows(received, received_windows_.windows());
}

class MessageAccounting::Sink : public ReceiveSink {
 public:
  Sink(const Expectation& expectation, const MeasuredWindow& window, ConnectionTallies& tallies)
      : account(expectation, window, tallies) {}
  MessageAccount account;
};

// Finds a connection's stream state and leaves the rest to the account.
template <class ConnectionType>
class MessageAccounting::SinkOf final : public Sink {
 public:
  using Sink::Sink;
  bool on_receive(Connection& connection, std::span<const std::byte> bytes) override {
    return account.receive(static_cast<ConnectionType&>(connection).state, connection.native(), bytes);
  }
  void on_close(Connection& connection, std::error_code error) override {
    account.closed(static_cast<ConnectionType&>(connection).state, error);
  }
};

class MessageAccounting::DatagramSink final : public Sink {
 public:
  DatagramSink(const Expectation& expectation, const MeasuredWindow& window, ConnectionTallies& tallies,
               const std::atomic<bool>& end_expected)
      : Sink(expectation, window, tallies), end_expected_(end_expected) {}
  // The harness adds datagram sockets only.
  bool on_receive(Connection&, std::span<const std::byte>) override { return false; }
  bool on_datagram(Connection& connection, const Datagram& datagram) override {
    auto& port = static_cast<DatagramPort&>(connection);
    const std::uint32_t greeted = port.state.greeted;
    account.receive_datagram(port.state, connection.native(), datagram);
    if (port.state.greeted != greeted) port.dropped_before = dropped_datagrams(port.socket()).value_or(0);
    return true;
  }
  // The last moment at which the socket is there for sure.
  void on_close(Connection& connection, std::error_code error) override {
    std::optional<std::uint64_t> lost = dropped_datagrams(connection.socket());
    if (lost) *lost -= std::min(*lost, static_cast<DatagramPort&>(connection).dropped_before);
    account.port_closed(error, end_expected_.load(std::memory_order_relaxed), lost);
  }

 private:
  const std::atomic<bool>& end_expected_;
};

ReceiveSink& MessageAccounting::attach_thread() {
  std::unique_ptr<Sink> sink;
  if (streams_ == Streams::received)
    sink = std::make_unique<SinkOf<ReceivedConnection>>(expectation_, window_, tallies_);
  else if (streams_ == Streams::datagrams)
    sink = std::make_unique<DatagramSink>(expectation_, window_, tallies_, end_expected_);
  else
    sink = std::make_unique<SinkOf<SyntheticStream>>(expectation_, window_, tallies_);
  const std::lock_guard lock(mutex_);
  sinks_.push_back(std::move(sink));
  return *sinks_.back();
}

MessageAccounting::MessageAccounting(const Expectation& expectation, Streams streams)
    : expectation_(expectation),
      streams_(streams),
      tallies_(expectation.slow.connections(), expectation.compared) {}

MessageAccounting::~MessageAccounting() = default;

ReceiveTotals MessageAccounting::totals() const {
  ReceiveTotals sum;
  const std::lock_guard lock(mutex_);
  for (const auto& sink : sinks_) {
    const ReceiveTotals one = sink->account.totals();
    sum.messages += one.messages;
    sum.bytes += one.bytes;
    sum.window_messages += one.window_messages;
    sum.window_slow += one.window_slow;
    sum.done_in_window += one.done_in_window;
    sum.bytes_in_window += one.bytes_in_window;
    sum.corrupt += one.corrupt;
    sum.out_of_sequence += one.out_of_sequence;
    sum.negative_latencies += one.negative_latencies;
    sum.greeted += one.greeted;
    sum.closed += one.closed;
    sum.closed_with_error += one.closed_with_error;
    sum.strangers += one.strangers;
    sum.duplicated += one.duplicated;
    sum.reordered += one.reordered;
    sum.truncated += one.truncated;
  }
  return sum;
}

void MessageAccounting::collect(IntervalHistograms& response, IntervalHistograms& service) const {
  for (const auto& sink : sinks_) sink->account.collect(response, service);
}

void MessageAccounting::collect_windows(WindowSeries& response, WindowSeries& received) const {
  for (const auto& sink : sinks_) sink->account.collect_windows(response, received);
}

void MessageAccounting::collect_accepts(IntervalHistograms& accept) const {
  for (const auto& sink : sinks_) sink->account.collect_accepts(accept);
}

std::int64_t MessageAccounting::out_of_range() const {
  std::int64_t sum = 0;
  for (const auto& sink : sinks_) sum += sink->account.out_of_range();
  return sum;
}

std::string MessageAccounting::first_error() const {
  for (const auto& sink : sinks_)
    if (!sink->account.first_error().empty()) return sink->account.first_error();
  return {};
}

std::optional<std::uint64_t> MessageAccounting::lost_at_sockets() const {
  std::optional<std::uint64_t> lost = 0;
  for (const auto& sink : sinks_) lost = sum(lost, sink->account.lost_at_sockets());
  return lost;
}

}  // namespace recvbench
