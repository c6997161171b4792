// Pacing, waiting and accounting of one generator thread.
#include "loadgen/load_worker.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "platform/clock.h"
#include "platform/thread.h"

namespace recvbench {
namespace {

constexpr std::uint64_t never = ~std::uint64_t{0};
constexpr std::uint64_t shortest_sleep_ns = 50'000;  // below it a sleep is not worth its system call
constexpr std::uint64_t longest_sleep_ns = std::chrono::nanoseconds(LoadWorker::longest_wait).count();
constexpr std::uint64_t look_every_ns = 10'000'000;
// How long replies may lie unread while there is something to send: a look at the sockets after every message
// of 64 bytes is a third call beside send and recv.
constexpr std::uint64_t poll_every_ns = 20'000;
constexpr std::size_t receive_bytes = 262'144;
static_assert(receive_bytes >= max_slow_read_bytes);
constexpr std::size_t most_gaps = 10'000;  // of a thread; thinned, at least half of it

// Connections that are not slow on purpose, as a share of all that the plan has.
double timed_share(const LoadPlan& plan, const std::vector<LoadConnection>& connections) {
  const auto timed = std::count_if(connections.begin(), connections.end(),
                                   [&](const LoadConnection& one) { return !plan.slow.is_slow(one.number); });
  return static_cast<double>(timed) / plan.connections;
}

// Worker threads share the plan's limit, since one counter for all would be written by all for every message.
std::uint64_t share_of(std::uint64_t total, int threads) {
  return std::max<std::uint64_t>(1, total / static_cast<std::uint64_t>(threads));
}

}  // namespace

LoadWorker::LoadWorker(const LoadPlan& plan, const LoadTimes& times, std::uint32_t worker,
                       std::vector<LoadConnection> connections, const std::atomic<bool>& cancelled,
                       std::size_t most_per_send, std::size_t send_room)
    : plan_(plan),
      times_(times),
      open_(plan.mode == LoadMode::open),
      timed_(open_ || (plan.mode == LoadMode::closed && plan.think_ns > 0)),
      echo_(plan.workload == Workload::echo),
      most_per_send_(most_per_send),
      most_messages_(plan.messages_per_connection == 0 ? never : plan.messages_per_connection),
      connections_(std::move(connections)),
      outgoing_(send_room),
      incoming_(receive_bytes),
      worker_(worker),
      cancelled_(cancelled),
      most_outstanding_(share_of(plan.max_outstanding, plan.threads)),
      arrivals_(open_ ? make_arrivals(plan, worker) : nullptr),
      ready_(connections_.size()),
      thinking_(connections_.size()),
      live_(connections_.size()),
      next_mark_ns_(times.window_begin_ns),
      response_(times.window_begin_ns),
      service_(times.window_begin_ns),
      slip_(times.window_begin_ns),
      response_windows_(times.window_begin_ns),
      poisson_(open_ && plan.arrival.kind == ArrivalPattern::Kind::poisson),
      sends_per_ns_(plan.rate_per_s / 1e9 * timed_share(plan, connections_)),
      gaps_(poisson_ ? most_gaps : 2) {
  pieces_.reserve(most_pieces_per_send);
  for (std::size_t i = 0; i < connections_.size(); ++i)
    poller_.add(connections_[i].socket.native(), i, resting_interest(connections_[i]));
  next_due_ns_ = times_.t0_ns;
  if (open_) {
    look_ahead();
  } else if (timed_) {
    begin_thinking();
  }
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
  std::uint64_t now = now_ns();
  std::uint64_t polled_ns = now;
  while (live_ > 0 && !cancelled_.load(std::memory_order_relaxed)) {
    if (now >= next_mark_ns_) pass_mark(now);
    if (now >= times_.deadline_ns) return;
    if (now >= next_look_ns_) {
      next_look_ns_ = now + look_every_ns;
      give_up(now);
    }
    if (!sending_over_ && now >= next_due_ns_) {
      take_due(now);
      now = now_ns();
    }
    if (now >= next_piece_ns_) {
      take_pieces(now);
      now = now_ns();
    }
    if (ready_.empty()) {
      wait_for_work(now);
      polled_ns = now = now_ns();
      continue;
    }
    if ((listens() || waiting_writable_ > 0) && now - polled_ns >= poll_every_ns) {
      poll(0);
      polled_ns = now = now_ns();
    }
    const std::size_t index = ready_.front();
    ready_.pop();
    connections_[index].ready = false;
    send_turn(index, now);
    now = now_ns();
  }
}

// Scheduling

void LoadWorker::take_due(std::uint64_t now) {
  if (open_) {
    enqueue_arrivals(now);
  } else if (timed_) {
    enqueue_thought(now);
  } else if (!sending_) {
    begin_sending();
  }
  if (now >= times_.window_end_ns) end_sending();
}

void LoadWorker::look_ahead() {
  const Arrival next = arrivals_->next();
  next_due_ns_ = times_.t0_ns + std::min(next.offset_ns, times_.window_end_ns - times_.t0_ns);
  next_due_on_ = next.own_index;
}

// All of a backlog at once: catching up is never limited.
void LoadWorker::enqueue_arrivals(std::uint64_t now) {
  for (; next_due_ns_ <= now && next_due_ns_ < times_.window_end_ns; look_ahead()) {
    LoadConnection& connection = connections_[next_due_on_];
    if (in_window(next_due_ns_) && !plan_.slow.is_slow(connection.number)) ++counts_.window_due;
    if (connection.phase == LoadConnection::Phase::closed) continue;
    if (outstanding_ >= most_outstanding_) {
      ++counts_.dropped;
      continue;
    }
    ++outstanding_;
    due_.push(connection.due, next_due_ns_);
    make_ready(next_due_on_);
  }
}

void LoadWorker::begin_sending() {
  sending_ = true;
  next_due_ns_ = times_.window_end_ns;
  for (std::size_t i = 0; i < connections_.size(); ++i) make_ready(i);
}

// A connection that thinks first does so for its share of a pause, so that they are not in step.
void LoadWorker::begin_thinking() {
  for (std::size_t i = 0; i < connections_.size(); ++i)
    pause_until(times_.t0_ns + plan_.think_ns * connections_[i].number / plan_.connections, i);
}

void LoadWorker::pause_until(std::uint64_t due_ns, std::size_t index) {
  if (due_ns >= times_.window_end_ns) return;  // its last message was the last
  connections_[index].thinking = true;
  thinking_.push(due_ns, index);
  next_due_ns_ = thinking_.next_ns();
}

void LoadWorker::enqueue_thought(std::uint64_t now) {
  while (thinking_.next_ns() <= now) {
    const PauseQueue::Pause pause = thinking_.pop();
    connections_[pause.index].thinking = false;
    if (connections_[pause.index].phase != LoadConnection::Phase::open) continue;
    due_.push(connections_[pause.index].due, pause.end_ns);
    make_ready(pause.index);
  }
  next_due_ns_ = std::min(thinking_.next_ns(), times_.window_end_ns);
}

void LoadWorker::continue_loop(std::size_t index, std::uint64_t now) {
  const LoadConnection& connection = connections_[index];
  if (!timed_) {
    if (sendable(connection) > 0) make_ready(index);
    return;
  }
  const bool busy = connection.awaited > 0 || !connection.due.empty() || connection.thinking;
  if (!busy && !sending_over_ && connection.phase == LoadConnection::Phase::open)
    pause_until(now + plan_.think_ns, index);
}

// Nothing more becomes due: what is queued is still sent, what is unanswered still awaited.
void LoadWorker::end_sending() {
  sending_over_ = true;
  sending_ = false;
  next_due_ns_ = never;
  for (std::size_t i = 0; i < connections_.size(); ++i) finish_if_done(i);
}

std::uint64_t LoadWorker::sendable(const LoadConnection& connection) const noexcept {
  const std::uint64_t left = most_messages_ - connection.next_sequence;
  if (timed_) return std::min(connection.due.size(), left);
  if (!sending_) return 0;
  if (!echo_) return std::min<std::uint64_t>(most_per_send_, left);
  const std::uint64_t in_flight = plan_.mode == LoadMode::closed ? 1 : plan_.in_flight;
  return std::min(in_flight - std::min(in_flight, connection.awaited), left);
}

void LoadWorker::make_ready(std::size_t index) {
  LoadConnection& connection = connections_[index];
  if (connection.ready || connection.blocked || connection.phase != LoadConnection::Phase::open) return;
  connection.ready = true;
  ready_.push(index);
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
  const std::uint64_t next = std::min({next_due_ns_, next_piece_ns_, next_mark_ns_, times_.deadline_ns});
  const std::uint64_t left = std::min(next - std::min(next, now), longest_sleep_ns);
  const std::uint64_t wake_early_ns = ReadinessPoller::wake_up_lateness_ns();
  if (!timed_ || sending_over_) {
    wait_for_sockets(left);
  } else if (left > wake_early_ns + std::max(shortest_sleep_ns, ReadinessPoller::shortest_sleep_ns())) {
    poll(left - wake_early_ns);
  } else {
    const std::uint64_t cpu_before_ns = thread_cpu_ns();
    spin_until(now + left);
    spun_ns_ += thread_cpu_ns() - cpu_before_ns;
  }
}

// Nothing has to be on time.
void LoadWorker::wait_for_sockets(std::uint64_t timeout_ns) {
  if (receives_wait_ && connections_.front().awaited > 0 && waiting_writable_ == 0) {
    receive(0);
  } else {
    poll(timeout_ns);
  }
}

// Returns at `due_ns`, or as soon as a socket had something to do.
void LoadWorker::spin_until(std::uint64_t due_ns) {
  const bool sockets_may_wake = listens() || waiting_writable_ > 0;
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
    if (connection.phase == LoadConnection::Phase::connecting) {
      connected(event.key);
      continue;
    }
    if (event.writable && connection.blocked) {
      unblock(connection);
      poller_.change(connection.socket.native(), event.key, resting_interest(connection));
      make_ready(event.key);
    }
    if (event.readable && connection.phase != LoadConnection::Phase::closed) receive(event.key);
  }
  return !events.empty();
}

void LoadWorker::block(std::size_t index) {
  LoadConnection& connection = connections_[index];
  connection.blocked = true;
  ++waiting_writable_;
  poller_.change(connection.socket.native(), index, resting_interest(connection) | ReadinessPoller::writing);
}

void LoadWorker::unblock(LoadConnection& connection) noexcept {
  if (!connection.blocked) return;
  connection.blocked = false;
  --waiting_writable_;
}

// Sending

void LoadWorker::complete_header(const LoadConnection& connection, MessageHeader& header,
                                 const DueMessage*& due) noexcept {
  header.length = length_of(connection, header.sequence);
  header.intended_ns = timed_ ? std::exchange(due, due->next)->intended_ns : header.actual_ns;
}

std::span<const std::span<const std::byte>> LoadWorker::gather_messages(const LoadConnection& connection,
                                                                        std::uint64_t actual,
                                                                        std::size_t count) {
  MessageHeader header;
  header.connection = connection.number;
  header.sequence = connection.next_sequence;
  header.actual_ns = actual;
  pieces_.clear();
  std::span<std::byte> room = outgoing_;
  const DueMessage* due = connection.due.first();
  for (; count > 0; ++header.sequence, --count) {
    complete_header(connection, header, due);
    const std::size_t payload = header.length - header_bytes;
    if (room.size() < header_bytes ||
        pieces_.size() + 1 + most_payload_pieces(payload) > most_pieces_per_send)
      break;
    encode_header(header, room.first<header_bytes>());
    pieces_.emplace_back(room.first(header_bytes));
    append_payload(header.connection, header.sequence, payload, pieces_);
    room = room.subspan(header_bytes);
  }
  return pieces_;
}

std::span<const std::byte> LoadWorker::write_messages(const LoadConnection& connection, std::uint64_t actual,
                                                      std::size_t count) noexcept {
  MessageHeader header;
  header.connection = connection.number;
  header.sequence = connection.next_sequence;
  header.actual_ns = actual;
  std::span<std::byte> room = outgoing_;
  const DueMessage* due = connection.due.first();
  for (; count > 0; ++header.sequence, --count) {
    complete_header(connection, header, due);
    if (header.length > room.size()) break;
    encode_header(header, room.first<header_bytes>());
    fill_payload(header.connection, header.sequence,
                 room.subspan(header_bytes, header.length - header_bytes));
    room = room.subspan(header.length);
  }
  return std::span(outgoing_).first(outgoing_.size() - room.size());
}

void LoadWorker::account_sent(LoadConnection& connection, std::size_t count, std::uint64_t actual) noexcept {
  const bool slow = plan_.slow.is_slow(connection.number);
  counts_.sent += count;
  if (in_window(actual) && !slow) counts_.sent_during_window += count;
  connection.next_sequence += count;
  if (!timed_) {
    if (in_window(actual)) account_window_sent(connection, count);
    return;
  }
  if (poisson_ && in_window(actual) && !slow) sample_gap(actual);
  std::uint64_t of_window = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t intended = due_.pop(connection.due);
    if (!in_window(intended)) continue;
    ++of_window;
    if (slow) continue;  // it has waited for its own connection
    slip_.record(intended, static_cast<std::int64_t>(actual - intended));
    first_actual_ns_ = std::min(first_actual_ns_, actual);
    last_actual_ns_ = std::max(last_actual_ns_, actual);
  }
  account_window_sent(connection, of_window);
}

void LoadWorker::account_window_sent(const LoadConnection& connection, std::uint64_t count) noexcept {
  counts_.window_sent += count;
  if (connection.tally != nullptr) connection.tally->sent += count;
}

// Between this send and the last one of the thread. Several messages in one send call have no gaps.
void LoadWorker::sample_gap(std::uint64_t actual) noexcept {
  const std::uint64_t last = std::exchange(last_send_ns_, actual);
  if (last == 0 || actual - last <= unresolved_gap_ns) return;
  gaps_.add(static_cast<double>(actual - last - unresolved_gap_ns) * sends_per_ns_);
}

// Receiving

void LoadWorker::account_reply(const LoadConnection& connection, const MessageHeader& header,
                               std::uint64_t now) noexcept {
  if (!in_window(header.intended_ns)) return;
  ++counts_.window_echoed;
  if (plan_.slow.is_slow(header.connection)) return;
  const std::uint64_t response_ns = now - header.intended_ns;
  response_.record(header.intended_ns, static_cast<std::int64_t>(response_ns));
  response_windows_.add(header.intended_ns, 1, response_ns);
  if (connection.tally != nullptr) connection.tally->received.record(response_ns);
  service_.record(header.intended_ns, static_cast<std::int64_t>(now - header.actual_ns));
}

// Ending

void LoadWorker::fail(std::size_t index, const std::string& what) {
  count_error("connection " + std::to_string(connections_[index].number) + ": " + what);
  retire(index);
}

void LoadWorker::fail_to_open(std::size_t index, const std::string& what) {
  ++counts_.connections_failed;
  if (counts_.first_error.empty()) counts_.first_error = what;
  retire(index);
}

void LoadWorker::count_error(const std::string& what) {
  ++counts_.connection_errors;
  if (counts_.first_error.empty()) counts_.first_error = what;
}

void LoadWorker::retire(std::size_t index) noexcept {
  LoadConnection& connection = connections_[index];
  unblock(connection);
  if (open_) outstanding_ -= connection.due.size() + connection.awaited;
  due_.clear(connection.due);
  connection.phase = LoadConnection::Phase::closed;
  poller_.remove(connection.socket.native(), index);
  connection.socket.close();
  --live_;
}

// What is not sent and answered by now never will be.
void LoadWorker::abandon_rest() {
  for (std::size_t i = 0; i < connections_.size(); ++i) {
    const LoadConnection& connection = connections_[i];
    if (connection.phase == LoadConnection::Phase::closed) continue;
    if (connection.phase == LoadConnection::Phase::closing && connection.due.empty()) {
      retire(i);  // all was delivered to the system: that the receiver keeps its side open loses nothing
    } else {
      abandon(i);
    }
  }
}

const char* LoadWorker::why_abandoned() const noexcept {
  return cancelled_ ? "the run was cancelled" : "the drain time was over";
}

void LoadWorker::collect(LoadResult& result) const {
  result.sent += counts_.sent;
  result.window_due += counts_.window_due;
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
  result.connections_opened += counts_.connections_opened;
  result.connections_failed += counts_.connections_failed;
  result.connection_errors += counts_.connection_errors;
  if (result.first_error.empty()) result.first_error = counts_.first_error;
  const double window_ns = static_cast<double>(times_.window_end_ns - times_.window_begin_ns);
  result.busiest_thread_share =
      std::max(result.busiest_thread_share, static_cast<double>(cpu_in_window_ns_) / window_ns);
  for (const LatencyRecorder* recorder : {&response_, &service_, &slip_})
    result.out_of_range += static_cast<std::uint64_t>(recorder->out_of_range());
  result.gaps.insert(result.gaps.end(), gaps_.values().begin(), gaps_.values().end());
  response_.collect(result.response);
  service_.collect(result.service);
  slip_.collect(result.slip);
  if (echo_) add_windows(result.response_windows, response_windows_.windows());
}

}  // namespace recvbench
