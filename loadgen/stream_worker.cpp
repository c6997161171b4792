#include "loadgen/stream_worker.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "platform/clock.h"

namespace recvbench {
namespace {

constexpr std::size_t send_bytes = 65'536;
// From here on two or three pieces cost the kernel less than the copy costs us: of 64 KiB messages to a
// receiver on the same CPU it was a fifth of all time.
constexpr std::size_t gather_from_bytes = 8'192;
constexpr std::uint64_t connect_limit_ns = 5'000'000'000;

// Bytes for one send call: the longest message has room, and as many of the shortest as the plan allows.
std::size_t send_room(const LoadPlan& plan) {
  const std::uint64_t packed = std::uint64_t{plan.messages_per_send} * plan.size_bytes.most();
  return std::max<std::size_t>(plan.size_bytes.most(),
                               static_cast<std::size_t>(std::min<std::uint64_t>(send_bytes, packed)));
}

std::size_t messages_per_send(const LoadPlan& plan) {
  return std::clamp<std::size_t>(send_room(plan) / plan.size_bytes.least(), 1, plan.messages_per_send);
}

std::size_t batch_bytes(std::span<const std::span<const std::byte>> pieces) {
  std::size_t sum = 0;
  for (const auto piece : pieces) sum += piece.size();
  return sum;
}

}  // namespace

void StreamWorker::Stream::keep_rest(std::span<const Piece> batch, std::size_t from, std::size_t to) {
  rest.clear();
  rest_sent = 0;
  std::size_t begin = 0;  // of the piece
  for (const Piece piece : batch) {
    const std::size_t first = std::clamp(from, begin, begin + piece.size()) - begin;
    const std::size_t last = std::clamp(to, begin, begin + piece.size()) - begin;
    rest.insert(rest.end(), piece.begin() + static_cast<std::ptrdiff_t>(first),
                piece.begin() + static_cast<std::ptrdiff_t>(last));
    begin += piece.size();
  }
  piece_left = rest.size();
}

StreamWorker::StreamWorker(const LoadPlan& plan, const LoadTimes& times, std::uint32_t worker,
                           std::vector<LoadConnection> connections, const std::atomic<bool>& cancelled)
    : LoadWorker(plan, times, worker, std::move(connections), cancelled, messages_per_send(plan),
                 send_room(plan)),
      gathers_(plan.size_bytes.most() >= gather_from_bytes),
      streams_(connections_.size()),
      writing_pauses_(plan.slow.writers.connections > 0 ? connections_.size() : 0),
      reading_pauses_(plan.slow.readers.connections > 0 ? connections_.size() : 0) {
  // Spread over a pause, so that they are not in step. Numbers rise with the index, and the times with them.
  const SlowReaders& readers = plan.slow.readers;
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    if (!reads_slowly(connections_[i])) continue;
    const std::uint64_t place = connections_[i].number - plan.slow.writers.connections;
    reading_pauses_.push(times.t0_ns + readers.gap_ns * place / readers.connections, i);
  }
  next_piece_ns_ = reading_pauses_.next_ns();
  // Two calls a round trip instead of three.
  if (echo_ && !timed_ && connections_.size() == 1 && plan.messages_per_connection == 0)
    receives_wait_ = set_waiting_receives(connections_.front().socket, longest_wait);
  if (plan.messages_per_connection == 0) return;
  for (std::size_t i = 0; i < streams_.size(); ++i) streams_[i].peer = peer_address(connections_[i].socket);
}

std::span<const StreamWorker::Piece> StreamWorker::next_batch(const LoadConnection& connection,
                                                              std::uint64_t now, std::size_t count) {
  if (gathers_ && !writes_slowly(connection)) return gather_messages(connection, now, count);
  copied_ = write_messages(connection, now, count);
  return {&copied_, 1};
}

void StreamWorker::send_turn(std::size_t index, std::uint64_t now) {
  LoadConnection& connection = connections_[index];
  Stream& stream = streams_[index];
  if (connection.phase != LoadConnection::Phase::open) return;
  if (stream.in_mid_message() && !send_rest(index)) return;
  const bool in_pieces = writes_slowly(connection);
  const std::size_t most = in_pieces ? 1 : most_per_send_;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(sendable(connection), most));
  if (count == 0) return finish_if_done(index);

  if (!timed_ && now >= times_.window_end_ns) return end_sending();
  const std::span<const Piece> batch = next_batch(connection, now, count);
  const std::size_t pieces = in_pieces ? plan_.slow.writers.pieces : 1;
  const std::size_t due_now = next_piece(batch_bytes(batch), pieces);
  const IoResult sent = batch.size() == 1
                            ? send_some(connection.socket.native(), batch.front().first(due_now))
                            : send_pieces(connection.socket.native(), batch);

  // Messages that the kernel did not begin to take stay due and get a new send time; of the one that was cut
  // the rest is kept.
  std::size_t begun = 0;
  std::size_t end = 0;  // of the last one begun
  while (end < sent.bytes) end += length_of(connection, connection.next_sequence + begun++);
  account_sent(connection, begun, now);
  if (echo_) {
    connection.awaited += begun;
  } else if (open_) {
    outstanding_ -= begun;
  }
  if (sent.bytes < end) {
    stream.keep_rest(batch, sent.bytes, end);
    stream.piece_left = std::min(due_now, end) - sent.bytes;
    stream.pieces_after = pieces - 1;
  }
  if (sent.error && !would_block(sent.error)) return fail(index, "send: " + sent.error.message());
  if (sent.bytes < due_now) return block(index);
  if (stream.in_mid_message()) return pause_writing(index);
  if (sendable(connection) > 0) return make_ready(index);
  finish_if_done(index);
}

// Goes on with the message that was cut; true once it is out.
bool StreamWorker::send_rest(std::size_t index) {
  Stream& stream = streams_[index];
  if (stream.piece_left == 0) return false;  // it pauses before its next piece
  const auto piece = std::span<const std::byte>(stream.rest).subspan(stream.rest_sent, stream.piece_left);
  const IoResult sent = send_some(connections_[index].socket.native(), piece);
  stream.rest_sent += sent.bytes;
  stream.piece_left -= sent.bytes;
  if (sent.error && !would_block(sent.error)) {
    fail(index, "send: " + sent.error.message());
    return false;
  }
  if (stream.piece_left > 0) {
    block(index);
    return false;
  }
  if (stream.in_mid_message()) {
    pause_writing(index);
    return false;
  }
  return true;
}

// Slow peers: each piece has its time, as messages have. Nothing sleeps for it, and no other connection
// waits.

void StreamWorker::take_pieces(std::uint64_t now) {
  while (writing_pauses_.next_ns() <= now) go_on_writing(writing_pauses_.pop().index);
  while (reading_pauses_.next_ns() <= now) go_on_reading(reading_pauses_.pop().index, now);
  next_piece_ns_ = std::min(writing_pauses_.next_ns(), reading_pauses_.next_ns());
}

void StreamWorker::pause_writing(std::size_t index) noexcept {
  writing_pauses_.push(now_ns() + plan_.slow.writers.gap_ns, index);
  next_piece_ns_ = std::min(writing_pauses_.next_ns(), reading_pauses_.next_ns());
}

void StreamWorker::go_on_writing(std::size_t index) {
  Stream& stream = streams_[index];
  const std::size_t left = stream.rest.size() - stream.rest_sent;
  stream.piece_left = writes_slowly(connections_[index]) ? next_piece(left, stream.pieces_after--) : left;
  make_ready(index);
}

// What it may take by now; then it pauses again.
void StreamWorker::go_on_reading(std::size_t index, std::uint64_t now) {
  LoadConnection& connection = connections_[index];
  if (connection.phase == LoadConnection::Phase::closed) return;
  if (!reads_slowly(connection)) {
    const unsigned writing = connection.blocked ? ReadinessPoller::writing : ReadinessPoller::nothing;
    return poller_.change(connection.socket.native(), index, ReadinessPoller::reading | writing);
  }
  receive(index);
  if (connection.phase != LoadConnection::Phase::closed)
    reading_pauses_.push(now + plan_.slow.readers.gap_ns, index);
}

void StreamWorker::receive(std::size_t index) {
  LoadConnection& connection = connections_[index];
  Stream& stream = streams_[index];
  const std::size_t most = reads_slowly(connection) ? plan_.slow.readers.bytes : incoming_.size();
  const IoResult received = receive_some(connection.socket.native(), std::span(incoming_).first(most));
  const std::uint64_t now = now_ns();  // one time for all that this call brought
  if (received.error) {
    if (!would_block(received.error)) fail(index, "receive: " + received.error.message());
    return;
  }
  if (received.bytes == 0) {
    if (connection.phase == LoadConnection::Phase::closing)
      return has_successor(connection) ? open_successor(index) : retire(index);
    return fail(index, "the receiver closed it before the end of the run");
  }
  if (!echo_) return fail(index, "the receiver sent data in a sink workload");

  const HeaderError error = stream.replies.feed(
      std::span<const std::byte>(incoming_).first(received.bytes),
      [&](const MessageHeader& header) { take_reply(index, header, now); },
      [&](const MessageHeader& header, std::size_t offset, std::span<const std::byte> payload) {
        if (plan_.verify && !payload_matches(connection.number, header.sequence, offset, payload))
          stream.payload_ok = false;
      });
  if (error != HeaderError::none) {
    ++counts_.corrupt;
    return fail(index, std::string("reply with a bad header: ") + to_string(error));
  }
  if (!open_) continue_loop(index, now);
  finish_if_done(index);
}

void StreamWorker::take_reply(std::size_t index, const MessageHeader& header, std::uint64_t now) noexcept {
  LoadConnection& connection = connections_[index];
  Stream& stream = streams_[index];
  const bool expected = connection.awaited > 0;
  const bool intact = std::exchange(stream.payload_ok, true) && header.connection == connection.number &&
                      header.length == length_of(connection, header.sequence) && header.flags == no_flags;
  const bool in_order = header.sequence == stream.next_reply;
  stream.next_reply = header.sequence + 1;
  if (!expected || !intact) ++counts_.corrupt;
  if (!in_order) ++counts_.out_of_sequence;
  if (!expected) return;
  --connection.awaited;
  if (open_) --outstanding_;
  ++counts_.echoed;
  if (intact && in_order) account_reply(connection, header, now);  // a wrong header's times mean nothing
}

// Closes our side; the connection ends with the peer's, or at once where it is to be reset.
void StreamWorker::finish_if_done(std::size_t index) {
  LoadConnection& connection = connections_[index];
  if (connection.phase != LoadConnection::Phase::open || sendable(connection) > 0 ||
      streams_[index].in_mid_message() || connection.awaited > 0)
    return;
  if (!sending_over_ && connection.next_sequence < most_messages_) return;
  unblock(connection);
  if (plan_.close == ConnectionClose::abortive && has_successor(connection)) {
    set_abortive_close(connection.socket);
    return open_successor(index);
  }
  connection.phase = LoadConnection::Phase::closing;
  shutdown_send(connection.socket);
  poller_.change(connection.socket.native(), index, ReadinessPoller::reading);
}

// Messages that fall due meanwhile wait for it.
void StreamWorker::open_successor(std::size_t index) {
  LoadConnection& connection = connections_[index];
  Stream& stream = streams_[index];
  poller_.remove(connection.socket.native(), index);
  connection.socket.close();
  if (connection.number > ~std::uint32_t{0} - plan_.connections)
    return fail_to_open(index, "the numbers of connections are used up");
  connection.number += plan_.connections;
  connection.next_sequence = 0;
  stream.replies = {};
  stream.next_reply = 0;
  stream.connect_ns = now_ns();
  try {
    connection.socket = start_connect(stream.peer);
  } catch (const std::system_error& error) {
    return fail_to_open(index, error.what());
  }
  connection.phase = LoadConnection::Phase::connecting;
  poller_.add(connection.socket.native(), index, ReadinessPoller::nothing);
  block(index);
}

void StreamWorker::connected(std::size_t index) {
  LoadConnection& connection = connections_[index];
  Stream& stream = streams_[index];
  if (const std::error_code error = connect_error(connection.socket))
    return fail_to_open(index, "connect(" + stream.peer.to_string() + "): " + error.message());
  set_no_delay(connection.socket, true);
  unblock(connection);
  poller_.change(connection.socket.native(), index, resting_interest(connection));
  const auto greeting = make_greeting(plan_.run_id, connection.number, stream.connect_ns, now_ns());
  const Piece whole(greeting);
  stream.keep_rest({&whole, 1}, 0, whole.size());
  connection.phase = LoadConnection::Phase::open;
  ++counts_.connections_opened;
  make_ready(index);
}

// A stream loses nothing: replies come, or it fails. A connect may end with no event.
void StreamWorker::give_up(std::uint64_t now) {
  if (plan_.messages_per_connection == 0) return;
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    const bool waits = connections_[i].phase == LoadConnection::Phase::connecting;
    if (waits && now - streams_[i].connect_ns >= connect_limit_ns)
      fail_to_open(i, "connect(" + streams_[i].peer.to_string() + "): not made within 5 s");
  }
}

void StreamWorker::abandon(std::size_t index) {
  const LoadConnection& connection = connections_[index];
  const std::uint64_t unsent = connection.due.size() + (streams_[index].in_mid_message() ? 1 : 0);
  set_abortive_close(connection.socket);
  fail(index, std::to_string(unsent) + " messages unsent and " + std::to_string(connection.awaited) +
                  " unanswered when " + why_abandoned());
}

}  // namespace recvbench
