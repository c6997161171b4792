// One thread of the generator with the connections it owns: paces, sends, receives replies, records. No
// locks: what it counts is read after it has ended.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include "loadgen/load_connection.h"
#include "loadgen/load_plan.h"
#include "loadgen/schedule.h"
#include "platform/readiness_poller.h"
#include "results/latency_recorder.h"

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
  // `connections` are greeted, non-blocking, and those of `worker` in a ScheduleCursor's order. `plan` and
  // `cancelled` outlive the worker. Throws std::system_error.
  LoadWorker(const LoadPlan& plan, const LoadTimes& times, std::uint32_t worker,
             std::vector<LoadConnection> connections, const std::atomic<bool>& cancelled);

  // The thread's body: returns once every connection is closed, at the deadline, or soon after `cancelled`.
  void run() noexcept;

  // Adds this worker's counts and histograms. After run() has returned.
  void collect(LoadResult& result) const;
  // Actual times of the first and last message of the window; first > last where there are none.
  std::uint64_t first_actual_ns() const noexcept { return first_actual_ns_; }
  std::uint64_t last_actual_ns() const noexcept { return last_actual_ns_; }

 private:
  void loop();
  // Scheduling
  void enqueue_due(std::uint64_t now);
  void end_sending();
  std::uint64_t sendable(const LoadConnection& connection) const noexcept;
  void make_ready(std::size_t index);
  // Waiting
  void pass_mark(std::uint64_t now);
  void wait_for_work(std::uint64_t now);
  void spin_until(std::uint64_t due_ns);
  bool poll(std::uint64_t timeout_ns);
  void block(std::size_t index);
  void unblock(LoadConnection& connection) noexcept;
  // Sending
  void send_turn(std::size_t index);
  bool send_rest(std::size_t index);
  void send_datagram_turn(std::size_t index);
  void write_messages(const LoadConnection& connection, std::uint64_t actual,
                      std::span<std::byte> batch) noexcept;
  void account_sent(LoadConnection& connection, std::size_t count, std::uint64_t actual) noexcept;
  void account_unsent(LoadConnection& connection) noexcept;
  // Receiving
  void receive(std::size_t index);
  void receive_datagram_reply(std::size_t index);
  void take_datagram_reply(LoadConnection& connection, const MessageHeader& header,
                           std::uint64_t now) noexcept;
  void time_reply(const MessageHeader& header, std::uint64_t now) noexcept;
  void give_up_replies(std::uint64_t now);
  void take_reply(LoadConnection& connection, const MessageHeader& header, std::uint64_t now) noexcept;
  // Ending
  void finish_if_done(std::size_t index);
  void fail(std::size_t index, const std::string& what);
  void count_error(const std::string& what);
  void retire(std::size_t index) noexcept;
  void abandon_rest();

  bool in_window(std::uint64_t intended) const noexcept {
    return intended >= times_.window_begin_ns && intended < times_.window_end_ns;
  }
  std::uint64_t intended_ns(const LoadConnection& connection, std::uint64_t round) const noexcept {
    return schedule_.time_ns(round * plan_.connections + connection.number);
  }
  // What a connection is watched for while it is not blocked.
  unsigned resting_interest() const noexcept {
    return echo_ ? ReadinessPoller::reading : ReadinessPoller::nothing;
  }

  const LoadPlan& plan_;
  const LoadTimes times_;
  const std::uint32_t worker_;
  const std::atomic<bool>& cancelled_;
  const bool constant_;
  const bool echo_;
  const bool datagrams_;
  const std::uint64_t most_outstanding_;  // this worker's share
  const std::size_t most_per_send_;

  ConstantSchedule schedule_;
  ScheduleCursor cursor_;
  std::vector<LoadConnection> connections_;
  ReadinessPoller poller_;
  std::vector<std::size_t> ready_;  // ring buffer: each connection is in it at most once
  std::size_t ready_first_ = 0;
  std::size_t ready_count_ = 0;
  std::vector<std::byte> outgoing_;
  std::vector<std::byte> incoming_;

  std::uint64_t last_reply_ns_ = 0;  // UDP: or what else gave hope of one
  bool sending_ = false;             // between t0 and the last intended time
  bool sending_over_ = false;
  std::uint64_t next_due_ns_ = 0;  // constant
  std::uint64_t outstanding_ = 0;  // constant: queued and, in echo, unanswered
  std::size_t live_ = 0;           // connections not closed
  std::size_t waiting_writable_ = 0;
  std::uint64_t next_mark_ns_ = 0;
  std::uint64_t cpu_at_begin_ns_ = 0;
  std::uint64_t cpu_in_window_ns_ = 0;
  std::uint64_t spun_ns_ = 0;  // inside the window

  LatencyRecorder response_;
  LatencyRecorder service_;
  LatencyRecorder slip_;
  std::uint64_t first_actual_ns_ = ~std::uint64_t{0};
  std::uint64_t last_actual_ns_ = 0;
  LoadResult counts_;  // without histograms
};

}  // namespace recvbench
