#include "loadgen/datagram_worker.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include "platform/clock.h"
#include "platform/datagram.h"
#include "platform/datagram_batch.h"

namespace recvbench {

namespace {

// What is due together goes out in one call where the system has one for it; a datagram each all the same.
std::size_t datagrams_per_send(const LoadPlan& plan) {
  constexpr std::size_t send_bytes = 262'144;
  return std::clamp<std::size_t>(send_bytes / plan.size_bytes.most(), 1, most_datagrams_per_call);
}

}  // namespace

DatagramWorker::DatagramWorker(const LoadPlan& plan, const LoadTimes& times, std::uint32_t worker,
                               std::vector<LoadConnection> connections, const std::atomic<bool>& cancelled)
    : LoadWorker(plan, times, worker, std::move(connections), cancelled, datagrams_per_send(plan),
                 datagrams_per_send(plan) * plan.size_bytes.most()),
      replies_(connections_.size()) {}

// In mode open a datagram goes out now or not at all: what the system has no room for is lost here, and
// counted as such; waiting would hold up what falls due next.
void DatagramWorker::send_turn(std::size_t index, std::uint64_t now) {
  LoadConnection& connection = connections_[index];
  if (connection.phase != LoadConnection::Phase::open) return;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(sendable(connection), most_per_send_));
  if (count == 0) return finish_if_done(index);
  if (!timed_ && now >= times_.window_end_ns) return end_sending();
  const std::span<const std::byte> batch = write_messages(connection, now, count);
  std::array<std::uint32_t, most_datagrams_per_call> lengths;
  for (std::size_t i = 0; i < count; ++i) lengths[i] = length_of(connection, connection.next_sequence + i);
  const std::span<const std::uint32_t> all = std::span(lengths).first(count);
  DatagramsSent sent = send_datagrams(connection.socket.native(), batch, all);
  // The answer to an earlier one, in place of this call's own.
  if (concerns_earlier_send(sent.error)) sent = send_datagrams(connection.socket.native(), batch, all);
  if (!open_ && would_block(sent.error)) return block(index);
  const bool no_room = would_block(sent.error) || sent.error == std::errc::no_buffer_space;
  if (sent.error && !no_room && !concerns_earlier_send(sent.error))
    return fail(index, "send: " + sent.error.message());
  if (sent.error) {
    note_unsent(connection);
    if (!open_) continue_loop(index, now);
  } else {
    note_sent(index, sent.count, now);
  }
  if (sendable(connection) > 0) return make_ready(index);
  finish_if_done(index);
}

// In mode open nothing depends on the reply: it may be lost, and then counts as such at the end.
void DatagramWorker::note_sent(std::size_t index, std::size_t count, std::uint64_t actual) noexcept {
  LoadConnection& connection = connections_[index];
  Replies& replies = replies_[index];
  const std::uint64_t first = connection.next_sequence;
  account_sent(connection, count, actual);
  if (open_) outstanding_ -= count;
  if (!echo_) return;
  last_sent_ns_ = actual;
  replies.missing += count;
  if (open_) return;
  for (std::size_t i = 0; i < count; ++i) replies.awaited.sent(first + i, actual);
  connection.awaited = replies.awaited.count();
}

// It leaves the queue, and a gap in the sequence.
void DatagramWorker::note_unsent(LoadConnection& connection) noexcept {
  ++counts_.send_failed;
  ++connection.next_sequence;
  if (!timed_) return;
  due_.pop(connection.due);
  if (open_) --outstanding_;
}

void DatagramWorker::receive(std::size_t index) {
  LoadConnection& connection = connections_[index];
  const IoResult received = receive_some(connection.socket.native(), incoming_);
  const std::uint64_t now = now_ns();
  if (received.error) {
    if (!would_block(received.error) && !concerns_earlier_send(received.error))
      fail(index, "receive: " + received.error.message());
    return;
  }
  const auto datagram = std::span<const std::byte>(incoming_).first(received.bytes);
  MessageHeader header;
  const bool intact = datagram.size() >= header_bytes &&
                      decode_header(datagram.first<header_bytes>(), header) == HeaderError::none &&
                      header.connection == connection.number && header.length == datagram.size() &&
                      header.length == length_of(connection, header.sequence) && header.flags == no_flags &&
                      header.sequence < connection.next_sequence &&
                      (!plan_.verify || payload_matches(header.connection, header.sequence, 0,
                                                        datagram.subspan(header_bytes)));
  if (!echo_ || !intact) {
    ++counts_.corrupt;
    return;
  }
  take_reply(index, header, now);
  if (!open_) continue_loop(index, now);
  finish_if_done(index);
}

void DatagramWorker::take_reply(std::size_t index, const MessageHeader& header, std::uint64_t now) noexcept {
  Replies& replies = replies_[index];
  const auto arrival = replies.arrived.arrived(header.sequence);
  if (arrival == SequenceWindow::Arrival::duplicate) {
    ++counts_.duplicated;
    return;
  }
  if (arrival == SequenceWindow::Arrival::late) ++counts_.reordered;
  last_reply_ns_ = now;
  // A late one that is not remembered might be a second one.
  if (replies.missing > 0) --replies.missing;
  if (replies.awaited.answered(header.sequence)) connections_[index].awaited = replies.awaited.count();
  ++counts_.echoed;
  account_reply(connections_[index], header, now);
}

void DatagramWorker::give_up(std::uint64_t now) {
  if (!echo_) return;
  if (sending_over_) return end_where_all_is_quiet(now);
  if (!open_) send_in_place_of_the_lost(now);
}

void DatagramWorker::send_in_place_of_the_lost(std::uint64_t now) {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    AwaitedReplies& awaited = replies_[i].awaited;
    if (awaited.give_up(now) == 0) continue;
    connections_[i].awaited = awaited.count();
    continue_loop(i, now);
  }
}

// What is missing now is lost.
void DatagramWorker::end_where_all_is_quiet(std::uint64_t now) {
  if (now < std::max(last_sent_ns_, last_reply_ns_) + quiet_ns) return;
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    const LoadConnection& connection = connections_[i];
    if (connection.phase == LoadConnection::Phase::open && sendable(connection) == 0) retire(i);
  }
}

// Nobody would hear of an end.
void DatagramWorker::finish_if_done(std::size_t index) {
  const LoadConnection& connection = connections_[index];
  if (sending_over_ && connection.phase == LoadConnection::Phase::open && sendable(connection) == 0 &&
      replies_[index].missing == 0)
    retire(index);
}

// Replies that are missing are lost, which is no error here; what was never sent is one.
void DatagramWorker::abandon(std::size_t index) {
  const std::uint64_t unsent = connections_[index].due.size();
  if (unsent == 0) return retire(index);
  fail(index, std::to_string(unsent) + " messages unsent when " + why_abandoned());
}

}  // namespace recvbench
