// Pacing, sending and receiving of one generator thread.
#include "loadgen/load_worker.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "platform/clock.h"
#include "platform/datagram.h"
#include "platform/thread.h"

namespace recvbench {
namespace {

constexpr std::uint64_t never = ~std::uint64_t{0};
// A timer wakes up to 100 us late; what is left before a due time is spun, so that 99 % of the gaps at 1,000
// messages/s stay within 10 %, for 15 % of a CPU.
constexpr std::uint64_t wake_early_ns = 150'000;
constexpr std::uint64_t shortest_sleep_ns = 50'000;
// How late cancel() may be noticed.
constexpr std::uint64_t longest_sleep_ns = 50'000'000;
// UDP: replies that have not come after so long without any are lost.
constexpr std::uint64_t reply_patience_ns = 200'000'000;
constexpr std::size_t send_bytes = 65'536;
constexpr std::size_t receive_bytes = 262'144;

// Worker threads share the plan's limit, since one counter for all would be written by all for every message.
std::uint64_t share_of(std::uint64_t total, int threads) {
  return std::max<std::uint64_t>(1, total / static_cast<std::uint64_t>(threads));
}

}  // namespace

LoadWorker::LoadWorker(const LoadPlan& plan, const LoadTimes& times, std::uint32_t worker,
                       std::vector<LoadConnection> connections, const std::atomic<bool>& cancelled)
    : plan_(plan),
      times_(times),
      worker_(worker),
      cancelled_(cancelled),
      constant_(plan.mode == LoadMode::constant),
      echo_(plan.workload == Workload::echo),
      datagrams_(plan.protocol == Protocol::udp),
      most_outstanding_(share_of(plan.max_outstanding, plan.threads)),
      most_per_send_(
          datagrams_ ? 1 : std::clamp<std::size_t>(send_bytes / plan.size_bytes, 1, plan.messages_per_send)),
      schedule_(times.t0_ns, plan.rate_per_s),
      cursor_(worker, static_cast<std::uint32_t>(plan.threads), plan.connections),
      connections_(std::move(connections)),
      ready_(connections_.size()),
      outgoing_(most_per_send_ * plan.size_bytes),
      incoming_(receive_bytes),
      live_(connections_.size()),
      next_mark_ns_(times.window_begin_ns),
      response_(times.window_begin_ns),
      service_(times.window_begin_ns),
      slip_(times.window_begin_ns) {
  for (std::size_t i = 0; i < connections_.size(); ++i)
    poller_.add(connections_[i].socket.native(), i, resting_interest());
  next_due_ns_ = constant_ ? schedule_.time_ns(cursor_.k()) : times_.t0_ns;
}

void LoadWorker::run() noexcept {
  set_thread_name("load-" + std::to_string(worker_));
  if (!plan_.cpus.empty()) {
    const int cpu = plan_.cpus[worker_ % plan_.cpus.size()];
    if (const std::error_code error = pin_current_thread(cpu); error) {
      count_error("pinning a generator thread to CPU " + std::to_string(cpu) + ": " + error.message());
    }
  }
  try {
    loop();
  } catch (const std::exception& error) {  // the poller failed, or memory ran out
    count_error(error.what());
  }
  if (next_mark_ns_ == times_.window_end_ns) pass_mark(times_.window_end_ns);  // done before the window's end
  try {
    abandon_rest();
  } catch (const std::exception& error) {
    count_error(error.what());
  }
}

void LoadWorker::loop() {
  while (live_ > 0 && !cancelled_.load(std::memory_order_relaxed)) {
    const std::uint64_t now = now_ns();
    if (now >= next_mark_ns_) pass_mark(now);
    if (now >= times_.deadline_ns) return;
    if (datagrams_ && echo_) give_up_replies(now);
    if (!sending_over_ && now >= next_due_ns_) enqueue_due(now);
    if (ready_count_ == 0) {
      wait_for_work(now);
      continue;
    }
    const std::size_t index = ready_[ready_first_];
    ready_first_ = ready_first_ + 1 == ready_.size() ? 0 : ready_first_ + 1;
    --ready_count_;
    connections_[index].ready = false;
    if (datagrams_) {
      send_datagram_turn(index);
    } else {
      send_turn(index);
    }
    if (echo_ || waiting_writable_ > 0) poll(0);
  }
}

// Scheduling

void LoadWorker::enqueue_due(std::uint64_t now) {
  if (!constant_) {
    if (now >= times_.window_end_ns) return end_sending();
    sending_ = true;
    next_due_ns_ = times_.window_end_ns;
    for (std::size_t i = 0; i < connections_.size(); ++i) make_ready(i);
    return;
  }
  while (next_due_ns_ <= now && next_due_ns_ < times_.window_end_ns) {
    LoadConnection& connection = connections_[cursor_.own_index()];
    if (connection.phase == LoadConnection::Phase::open) {
      if (connection.queued() == 0) {
        connection.first_queued = connection.end_queued = cursor_.round();
        connection.dropping = false;
      }
      if (connection.dropping || outstanding_ >= most_outstanding_) {
        connection.dropping = true;
        ++counts_.dropped;
      } else {
        ++connection.end_queued;
        ++outstanding_;
        make_ready(cursor_.own_index());
      }
    }
    cursor_.advance();
    next_due_ns_ = schedule_.time_ns(cursor_.k());
  }
  if (next_due_ns_ >= times_.window_end_ns) end_sending();
}

// Nothing more becomes due: what is queued is still sent, what is unanswered still awaited.
void LoadWorker::end_sending() {
  sending_over_ = true;
  sending_ = false;
  next_due_ns_ = never;
  for (std::size_t i = 0; i < connections_.size(); ++i) finish_if_done(i);
}

std::uint64_t LoadWorker::sendable(const LoadConnection& connection) const noexcept {
  if (constant_) return connection.queued();
  if (!sending_) return 0;
  if (!echo_) return most_per_send_;
  return plan_.in_flight - std::min<std::uint64_t>(plan_.in_flight, connection.unanswered);
}

void LoadWorker::make_ready(std::size_t index) {
  LoadConnection& connection = connections_[index];
  if (connection.ready || connection.blocked || connection.phase != LoadConnection::Phase::open) return;
  connection.ready = true;
  const std::size_t place = ready_first_ + ready_count_;
  ready_[place < ready_.size() ? place : place - ready_.size()] = index;
  ++ready_count_;
}

// Waiting

// The window begins or ends: the thread's CPU time is read.
void LoadWorker::pass_mark(std::uint64_t now) {
  const std::uint64_t cpu_ns = thread_cpu_ns();
  if (now < times_.window_end_ns) {
    cpu_at_begin_ns_ = cpu_ns;
    spun_ns_ = 0;
    next_mark_ns_ = times_.window_end_ns;
  } else {
    const std::uint64_t used = cpu_ns - cpu_at_begin_ns_;
    cpu_in_window_ns_ = used - std::min(used, spun_ns_);
    next_mark_ns_ = never;
  }
}

void LoadWorker::wait_for_work(std::uint64_t now) {
  const std::uint64_t next = std::min({next_due_ns_, next_mark_ns_, times_.deadline_ns});
  const std::uint64_t left = std::min(next - std::min(next, now), longest_sleep_ns);
  if (!constant_ || sending_over_) {
    poll(left);  // nothing has to be on time: the sockets wake the thread
  } else if (left > wake_early_ns + shortest_sleep_ns) {
    poll(left - wake_early_ns);
  } else {
    const std::uint64_t cpu_before_ns = thread_cpu_ns();
    spin_until(now + left);
    spun_ns_ += thread_cpu_ns() - cpu_before_ns;
  }
}

// Returns at `due_ns`, or as soon as a socket had something to do.
void LoadWorker::spin_until(std::uint64_t due_ns) {
  const bool sockets_may_wake = echo_ || waiting_writable_ > 0;
  do {
    if (sockets_may_wake && poll(0)) return;
    // The receiver may live on this CPU: a spin that does not yield would hold up what is being measured.
    std::this_thread::yield();
  } while (now_ns() < due_ns);
}

// Handles what is ready after at most `timeout_ns`; false where nothing is.
bool LoadWorker::poll(std::uint64_t timeout_ns) {
  const auto events = poller_.wait(timeout_ns);
  for (const ReadinessPoller::Event& event : events) {
    LoadConnection& connection = connections_[event.key];
    if (event.writable && connection.blocked) {
      unblock(connection);
      poller_.change(connection.socket.native(), event.key, resting_interest());
      make_ready(event.key);
    }
    if (!event.readable || connection.phase == LoadConnection::Phase::closed) continue;
    if (datagrams_) {
      receive_datagram_reply(event.key);
    } else {
      receive(event.key);
    }
  }
  return !events.empty();
}

void LoadWorker::block(std::size_t index) {
  LoadConnection& connection = connections_[index];
  connection.blocked = true;
  ++waiting_writable_;
  poller_.change(connection.socket.native(), index, resting_interest() | ReadinessPoller::writing);
}

void LoadWorker::unblock(LoadConnection& connection) noexcept {
  if (!connection.blocked) return;
  connection.blocked = false;
  --waiting_writable_;
}

// Sending

// One send call's worth of messages of one connection; it goes to the end of the ready queue if there is
// more.
void LoadWorker::send_turn(std::size_t index) {
  LoadConnection& connection = connections_[index];
  if (connection.phase != LoadConnection::Phase::open) return;
  if (connection.in_mid_message() && !send_rest(index)) return;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(sendable(connection), most_per_send_));
  if (count == 0) return finish_if_done(index);

  const std::uint64_t actual = now_ns();
  if (!constant_ && actual >= times_.window_end_ns) return end_sending();
  const std::span<std::byte> batch(outgoing_.data(), count * plan_.size_bytes);
  write_messages(connection, actual, batch);
  const IoResult sent = send_some(connection.socket.native(), batch);

  // Messages that the kernel did not begin to take stay due and get a new send time; of the one that was cut
  // the rest is kept.
  const std::size_t begun = (sent.bytes + plan_.size_bytes - 1) / plan_.size_bytes;
  account_sent(connection, begun, actual);
  if (const std::size_t end = begun * plan_.size_bytes; sent.bytes < end) {
    connection.rest.assign(batch.begin() + static_cast<std::ptrdiff_t>(sent.bytes),
                           batch.begin() + static_cast<std::ptrdiff_t>(end));
    connection.rest_sent = 0;
  }
  if (sent.error && !would_block(sent.error)) return fail(index, "send: " + sent.error.message());
  if (sent.bytes < batch.size()) return block(index);
  if (sendable(connection) > 0) return make_ready(index);
  finish_if_done(index);
}

// Goes on with the message that was cut; true once it is out.
bool LoadWorker::send_rest(std::size_t index) {
  LoadConnection& connection = connections_[index];
  const auto rest = std::span<const std::byte>(connection.rest).subspan(connection.rest_sent);
  const IoResult sent = send_some(connection.socket.native(), rest);
  connection.rest_sent += sent.bytes;
  if (sent.error && !would_block(sent.error)) {
    fail(index, "send: " + sent.error.message());
    return false;
  }
  if (connection.in_mid_message()) {
    block(index);
    return false;
  }
  return true;
}

// One datagram. In mode constant it goes out now or not at all: what the system has no room for is lost here,
// and counted as such; waiting would hold up what falls due next.
void LoadWorker::send_datagram_turn(std::size_t index) {
  LoadConnection& connection = connections_[index];
  if (connection.phase != LoadConnection::Phase::open) return;
  if (sendable(connection) == 0) return finish_if_done(index);
  const std::uint64_t actual = now_ns();
  if (!constant_ && actual >= times_.window_end_ns) return end_sending();
  const std::span<std::byte> datagram(outgoing_.data(), plan_.size_bytes);
  write_messages(connection, actual, datagram);
  IoResult sent = send_some(connection.socket.native(), datagram);
  // The answer to an earlier one, in place of this call's own.
  if (concerns_earlier_send(sent.error)) sent = send_some(connection.socket.native(), datagram);
  if (!constant_ && would_block(sent.error)) return block(index);
  const bool no_room = would_block(sent.error) || sent.error == std::errc::no_buffer_space;
  if (sent.error && !no_room && !concerns_earlier_send(sent.error))
    return fail(index, "send: " + sent.error.message());
  if (sent.error) {
    account_unsent(connection);
  } else {
    account_sent(connection, 1, actual);
  }
  if (sendable(connection) > 0) return make_ready(index);
  finish_if_done(index);
}

// The next messages of a connection, one after the other; as many as `batch` holds.
void LoadWorker::write_messages(const LoadConnection& connection, std::uint64_t actual,
                                std::span<std::byte> batch) noexcept {
  MessageHeader header;
  header.length = plan_.size_bytes;
  header.connection = connection.number;
  header.sequence = connection.next_sequence;
  header.actual_ns = actual;
  for (std::uint64_t round = connection.first_queued; !batch.empty(); ++round, ++header.sequence) {
    header.intended_ns = constant_ ? intended_ns(connection, round) : actual;
    encode_header(header, batch.first<header_bytes>());
    fill_payload(header.connection, header.sequence,
                 batch.subspan(header_bytes, plan_.size_bytes - header_bytes));
    batch = batch.subspan(plan_.size_bytes);
  }
}

// `count` messages have left the queue.
void LoadWorker::account_sent(LoadConnection& connection, std::size_t count, std::uint64_t actual) noexcept {
  counts_.sent += count;
  if (in_window(actual)) counts_.sent_during_window += count;
  connection.next_sequence += count;
  if (echo_) connection.unanswered += count;
  if (!constant_) {
    if (in_window(actual)) counts_.window_sent += count;
    return;
  }
  if (!echo_) outstanding_ -= count;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t intended = intended_ns(connection, connection.first_queued++);
    if (!in_window(intended)) continue;
    ++counts_.window_sent;
    slip_.record(intended, static_cast<std::int64_t>(actual - intended));
    first_actual_ns_ = std::min(first_actual_ns_, actual);
    last_actual_ns_ = std::max(last_actual_ns_, actual);
  }
}

// A datagram was not taken: it leaves the queue, and a gap in the sequence.
void LoadWorker::account_unsent(LoadConnection& connection) noexcept {
  ++counts_.send_failed;
  ++connection.next_sequence;
  if (!constant_) return;
  ++connection.first_queued;
  --outstanding_;
}

// Receiving

void LoadWorker::receive(std::size_t index) {
  LoadConnection& connection = connections_[index];
  const IoResult received = receive_some(connection.socket.native(), incoming_);
  const std::uint64_t now = now_ns();  // one time for all that this call brought
  if (received.error) {
    if (!would_block(received.error)) fail(index, "receive: " + received.error.message());
    return;
  }
  if (received.bytes == 0) {
    if (connection.phase == LoadConnection::Phase::closing) return retire(index);
    return fail(index, "the receiver closed it before the end of the run");
  }
  if (!echo_) return fail(index, "the receiver sent data in a sink workload");

  const HeaderError error = connection.replies.feed(
      std::span<const std::byte>(incoming_).first(received.bytes),
      [&](const MessageHeader& header) { take_reply(connection, header, now); },
      [&](const MessageHeader& header, std::size_t offset, std::span<const std::byte> payload) {
        if (plan_.verify && !payload_matches(connection.number, header.sequence, offset, payload))
          connection.payload_ok = false;
      });
  if (error != HeaderError::none) {
    ++counts_.corrupt;
    return fail(index, std::string("reply with a bad header: ") + to_string(error));
  }
  if (!constant_ && sendable(connection) > 0) make_ready(index);
  finish_if_done(index);
}

void LoadWorker::receive_datagram_reply(std::size_t index) {
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
  const bool intact = datagram.size() == plan_.size_bytes &&
                      decode_header(datagram.first<header_bytes>(), header) == HeaderError::none &&
                      header.connection == connection.number && header.length == plan_.size_bytes &&
                      header.flags == no_flags && header.sequence < connection.next_sequence &&
                      (!plan_.verify || payload_matches(header.connection, header.sequence, 0,
                                                        datagram.subspan(header_bytes)));
  if (!echo_ || !intact) {
    ++counts_.corrupt;
    return;
  }
  take_datagram_reply(connection, header, now);
  if (!constant_ && sendable(connection) > 0) make_ready(index);
  finish_if_done(index);
}

void LoadWorker::take_datagram_reply(LoadConnection& connection, const MessageHeader& header,
                                     std::uint64_t now) noexcept {
  const auto arrival = connection.reply_sequences.arrived(header.sequence);
  if (arrival == SequenceWindow::Arrival::duplicate) {
    ++counts_.duplicated;
    return;
  }
  if (arrival == SequenceWindow::Arrival::late) ++counts_.reordered;
  last_reply_ns_ = now;
  // One that was given up already is not waited for any more.
  if (connection.unanswered > 0) {
    --connection.unanswered;
    if (constant_) --outstanding_;
  }
  ++counts_.echoed;
  time_reply(header, now);
}

// UDP: where no reply has come for a while, none will; a closed loop goes on with new messages.
void LoadWorker::give_up_replies(std::uint64_t now) {
  if (constant_ && !sending_over_) return;
  if (last_reply_ns_ == 0) last_reply_ns_ = std::max(now, times_.t0_ns);
  if (now < last_reply_ns_ + reply_patience_ns) return;
  last_reply_ns_ = now;
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    LoadConnection& connection = connections_[i];
    if (connection.phase != LoadConnection::Phase::open) continue;
    if (constant_) outstanding_ -= connection.unanswered;
    connection.unanswered = 0;
    if (sendable(connection) > 0) make_ready(i);
    finish_if_done(i);
  }
}

void LoadWorker::take_reply(LoadConnection& connection, const MessageHeader& header,
                            std::uint64_t now) noexcept {
  const bool expected = connection.unanswered > 0;
  const bool intact = std::exchange(connection.payload_ok, true) && header.connection == connection.number &&
                      header.length == plan_.size_bytes && header.flags == no_flags;
  const bool in_order = header.sequence == connection.next_reply;
  connection.next_reply = header.sequence + 1;
  if (!expected || !intact) ++counts_.corrupt;
  if (!in_order) ++counts_.out_of_sequence;
  if (!expected) return;
  --connection.unanswered;
  if (constant_) --outstanding_;
  ++counts_.echoed;
  if (intact && in_order) time_reply(header, now);  // a wrong header's times mean nothing
}

void LoadWorker::time_reply(const MessageHeader& header, std::uint64_t now) noexcept {
  if (!in_window(header.intended_ns)) return;
  ++counts_.window_echoed;
  response_.record(header.intended_ns, static_cast<std::int64_t>(now - header.intended_ns));
  service_.record(header.intended_ns, static_cast<std::int64_t>(now - header.actual_ns));
}

// Ending

// Closes our side of a connection on which nothing is left to send or to wait for.
void LoadWorker::finish_if_done(std::size_t index) {
  LoadConnection& connection = connections_[index];
  if (!sending_over_ || connection.phase != LoadConnection::Phase::open || sendable(connection) > 0 ||
      connection.in_mid_message() || connection.unanswered > 0)
    return;
  if (datagrams_) return retire(index);  // nobody would hear of an end
  unblock(connection);
  connection.phase = LoadConnection::Phase::closing;
  shutdown_send(connection.socket);
  poller_.change(connection.socket.native(), index, ReadinessPoller::reading);
}

void LoadWorker::fail(std::size_t index, const std::string& what) {
  count_error("connection " + std::to_string(connections_[index].number) + ": " + what);
  retire(index);
}

void LoadWorker::count_error(const std::string& what) {
  ++counts_.connection_errors;
  if (counts_.first_error.empty()) counts_.first_error = what;
}

void LoadWorker::retire(std::size_t index) noexcept {
  LoadConnection& connection = connections_[index];
  unblock(connection);
  if (constant_) outstanding_ -= connection.queued() + connection.unanswered;
  connection.first_queued = connection.end_queued;
  connection.phase = LoadConnection::Phase::closed;
  poller_.remove(connection.socket.native(), index);
  connection.socket.close();
  --live_;
}

// The deadline has come or the run was cancelled: what is not sent and answered by now never will be.
void LoadWorker::abandon_rest() {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    LoadConnection& connection = connections_[i];
    if (connection.phase == LoadConnection::Phase::open) {
      const std::uint64_t unsent = connection.queued() + (connection.in_mid_message() ? 1 : 0);
      const std::string left = std::to_string(unsent) + " messages unsent and " +
                               std::to_string(connection.unanswered) + " unanswered when " +
                               (cancelled_ ? "the run was cancelled" : "the drain time was over");
      if (!datagrams_) set_abortive_close(connection.socket);
      fail(i, left);
    } else if (connection.phase == LoadConnection::Phase::closing) {
      retire(i);  // all was delivered to the system; that the receiver keeps its side open loses nothing
    }
  }
}

void LoadWorker::collect(LoadResult& result) const {
  result.sent += counts_.sent;
  result.window_sent += counts_.window_sent;
  result.sent_during_window += counts_.sent_during_window;
  result.echoed += counts_.echoed;
  result.window_echoed += counts_.window_echoed;
  result.dropped += counts_.dropped;
  result.send_failed += counts_.send_failed;
  result.duplicated += counts_.duplicated;
  result.reordered += counts_.reordered;
  result.corrupt += counts_.corrupt;
  result.out_of_sequence += counts_.out_of_sequence;
  result.connection_errors += counts_.connection_errors;
  if (result.first_error.empty()) result.first_error = counts_.first_error;
  const double window_ns = static_cast<double>(times_.window_end_ns - times_.window_begin_ns);
  result.busiest_thread_share =
      std::max(result.busiest_thread_share, static_cast<double>(cpu_in_window_ns_) / window_ns);
  for (const LatencyRecorder* recorder : {&response_, &service_, &slip_})
    result.out_of_range += static_cast<std::uint64_t>(recorder->out_of_range());
  response_.collect(result.response);
  service_.collect(result.service);
  slip_.collect(result.slip);
}

}  // namespace recvbench
