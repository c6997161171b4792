// One thread of the generator with the connections it owns: paces, waits, counts and times. How a connection
// sends, receives and ends is the StreamWorker's or the DatagramWorker's. No locks: what it counts is read
// after it has ended.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "loadgen/arrival_process.h"
#include "loadgen/due_messages.h"
#include "loadgen/even_sample.h"
#include "loadgen/fixed_ring.h"
#include "loadgen/load_connection.h"
#include "loadgen/load_plan.h"
#include "loadgen/message.h"
#include "loadgen/pause_queue.h"
#include "platform/readiness_poller.h"
#include "results/latency_recorder.h"
#include "results/window_sums.h"

namespace recvbench {

// Times of one run on now_ns().
struct LoadTimes {
  std::uint64_t t0_ns;  // first intended time
  std::uint64_t window_begin_ns;
  std::uint64_t window_end_ns;  // no message is intended at or after it
  std::uint64_t deadline_ns;    // everything is closed by then
};

class LoadWorker {
 public:
  // How late cancel() may be noticed.
  static constexpr std::chrono::milliseconds longest_wait{50};

  virtual ~LoadWorker() = default;
  LoadWorker(const LoadWorker&) = delete;
  LoadWorker& operator=(const LoadWorker&) = delete;

  // The thread's body: returns once every connection is closed, at the deadline, or soon after `cancelled`.
  void run() noexcept;

  // Adds this worker's counts and histograms. After run() has returned.
  void collect(LoadResult& result) const;
  // Actual times of the first and last message of the window; first > last where there are none.
  std::uint64_t first_actual_ns() const noexcept { return first_actual_ns_; }
  std::uint64_t last_actual_ns() const noexcept { return last_actual_ns_; }

 protected:
  // `connections` are greeted, non-blocking, and those of `worker` in make_arrivals' order. `plan` and
  // `cancelled` outlive the worker. One send call carries `most_per_send` messages at most, in at most
  // `send_room` bytes, which hold the longest. Throws std::system_error.
  LoadWorker(const LoadPlan& plan, const LoadTimes& times, std::uint32_t worker,
             std::vector<LoadConnection> connections, const std::atomic<bool>& cancelled,
             std::size_t most_per_send, std::size_t send_room);

  // What differs between streams and datagrams, for a connection by its index.

  // It was ready: one send call's worth of what is sendable(), at the time `now`; it goes to the end of the
  // ready queue if there is more.
  virtual void send_turn(std::size_t index, std::uint64_t now) = 0;
  // It can be read, and is not closed.
  virtual void receive(std::size_t index) = 0;
  // Ends it where sending is over and nothing is left to send or to wait for.
  virtual void finish_if_done(std::size_t index) = 0;
  // Ends it, open as it is, whatever is left: the deadline has come or the run was cancelled.
  virtual void abandon(std::size_t index) = 0;
  // A connect that it began has ended, well or not. Datagrams begin none.
  virtual void connected(std::size_t /*index*/) {}
  // Every few milliseconds: ends waits for what will not come.
  virtual void give_up(std::uint64_t now) = 0;
  // next_piece_ns_ has come. Datagrams are whole.
  virtual void take_pieces(std::uint64_t /*now*/) {}

  // Scheduling
  std::uint64_t sendable(const LoadConnection& connection) const noexcept;
  void make_ready(std::size_t index);
  // Closed loops: the next message of a connection may have become possible, at once or after its pause.
  void continue_loop(std::size_t index, std::uint64_t now);
  void end_sending();
  // Waiting
  void block(std::size_t index);
  void unblock(LoadConnection& connection) noexcept;
  // Slow on purpose, while messages fall due; then everything goes as fast as it can, so that the run ends.
  bool writes_slowly(const LoadConnection& connection) const noexcept {
    return !sending_over_ && plan_.slow.writes_slowly(connection.number);
  }
  bool reads_slowly(const LoadConnection& connection) const noexcept {
    return !sending_over_ && plan_.slow.reads_slowly(connection.number);
  }
  // What a connection is watched for while it is not blocked.
  unsigned resting_interest(const LoadConnection& connection) const noexcept {
    return echo_ && !reads_slowly(connection) ? ReadinessPoller::reading : ReadinessPoller::nothing;
  }
  // Sending
  std::uint32_t length_of(const LoadConnection& connection, std::uint64_t sequence) const noexcept {
    return plan_.size_bytes.of(plan_.seed, connection.number, sequence);
  }
  // The next messages of a connection, one after the other: `count` at most, as many as outgoing_ has room
  // for.
  std::span<const std::byte> write_messages(const LoadConnection& connection, std::uint64_t actual,
                                            std::size_t count) noexcept;
  // The same as pieces that lie apart, so that payloads are not copied: what long messages are sent by.
  std::span<const std::span<const std::byte>> gather_messages(const LoadConnection& connection,
                                                              std::uint64_t actual, std::size_t count);
  // `count` messages have been sent, or begun, and have left the queue.
  void account_sent(LoadConnection& connection, std::size_t count, std::uint64_t actual) noexcept;
  // Receiving. Counts an intact reply, and times it unless its connection is slow on purpose.
  void account_reply(const LoadConnection& connection, const MessageHeader& header,
                     std::uint64_t now) noexcept;
  // Ending
  void fail(std::size_t index, const std::string& what);          // counts an error and closes
  void fail_to_open(std::size_t index, const std::string& what);  // the same of one that was to be made
  void retire(std::size_t index) noexcept;                        // closes
  const char* why_abandoned() const noexcept;

  const LoadPlan& plan_;
  const LoadTimes times_;
  const bool open_;   // in mode open
  const bool timed_;  // messages fall due at times of their own: in mode open, or after time to think
  const bool echo_;
  const std::size_t most_per_send_;
  const std::uint64_t most_messages_;  // on one connection
  std::vector<LoadConnection> connections_;
  ReadinessPoller poller_;
  std::vector<std::byte> outgoing_;                 // of one send call
  std::vector<std::span<const std::byte>> pieces_;  // of one send call
  std::vector<std::byte> incoming_;
  DuePool due_;
  bool sending_over_ = false;
  // Receives on the only connection wait themselves, for longest_wait at most: while it is all there is to
  // wait for, the poller is not asked.
  bool receives_wait_ = false;
  std::uint64_t outstanding_ = 0;  // mode open: due and awaited
  std::uint64_t next_piece_ns_ = PauseQueue::never;
  LoadResult counts_;  // without histograms

 private:
  void loop();
  void take_due(std::uint64_t now);
  void look_ahead();
  void enqueue_arrivals(std::uint64_t now);
  void enqueue_thought(std::uint64_t now);
  void begin_sending();
  void begin_thinking();
  void pause_until(std::uint64_t due_ns, std::size_t index);
  void pass_mark(std::uint64_t now);
  void wait_for_work(std::uint64_t now);
  void wait_for_sockets(std::uint64_t timeout_ns);
  void spin_until(std::uint64_t due_ns);
  bool poll(std::uint64_t timeout_ns);
  void complete_header(const LoadConnection& connection, MessageHeader& header,
                       const DueMessage*& due) noexcept;
  void sample_gap(std::uint64_t actual) noexcept;
  void account_window_sent(const LoadConnection& connection, std::uint64_t count) noexcept;
  void count_error(const std::string& what);
  void abandon_rest();

  bool in_window(std::uint64_t intended) const noexcept {
    return intended >= times_.window_begin_ns && intended < times_.window_end_ns;
  }
  // Something may come of a socket that is not blocked.
  bool listens() const noexcept { return echo_ || plan_.messages_per_connection > 0; }

  const std::uint32_t worker_;
  const std::atomic<bool>& cancelled_;
  const std::uint64_t most_outstanding_;            // this worker's share
  const std::unique_ptr<ArrivalProcess> arrivals_;  // mode open
  // Each connection is at most once in either.
  FixedRing<std::size_t> ready_;
  PauseQueue thinking_;

  bool sending_ = false;           // not timed: between t0 and the window's end
  std::uint64_t next_due_ns_ = 0;  // at most the window's end
  std::size_t next_due_on_ = 0;    // mode open: index of its connection
  std::size_t live_ = 0;           // connections not closed
  std::size_t waiting_writable_ = 0;
  std::uint64_t next_look_ns_ = 0;  // for what to give up
  std::uint64_t next_mark_ns_ = 0;
  std::uint64_t cpu_at_begin_ns_ = 0;
  std::uint64_t cpu_in_window_ns_ = 0;
  std::uint64_t spun_ns_ = 0;  // inside the window

  LatencyRecorder response_;
  LatencyRecorder service_;
  LatencyRecorder slip_;
  WindowSums response_windows_;
  const bool poisson_;
  const double sends_per_ns_;       // this thread's share of the rate, without those slow on purpose
  std::uint64_t last_send_ns_ = 0;  // Poisson: inside the window
  EvenSample gaps_;
  std::uint64_t first_actual_ns_ = ~std::uint64_t{0};
  std::uint64_t last_actual_ns_ = 0;
};

}  // namespace recvbench
