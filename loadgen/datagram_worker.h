// A generator thread whose connections are connected UDP sockets: a message is a datagram, which may be lost,
// come twice, late or never.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "loadgen/awaited_replies.h"
#include "loadgen/load_worker.h"
#include "loadgen/sequence_window.h"

namespace recvbench {

class DatagramWorker final : public LoadWorker {
 public:
  // As LoadWorker's.
  DatagramWorker(const LoadPlan& plan, const LoadTimes& times, std::uint32_t worker,
                 std::vector<LoadConnection> connections, const std::atomic<bool>& cancelled);

 private:
  // Of one connection, in echo.
  struct Replies {
    SequenceWindow arrived;
    AwaitedReplies awaited;     // closed loops
    std::uint64_t missing = 0;  // of all that was sent
  };

  void send_turn(std::size_t index, std::uint64_t now) override;
  void receive(std::size_t index) override;
  void finish_if_done(std::size_t index) override;
  void abandon(std::size_t index) override;
  void give_up(std::uint64_t now) override;

  void note_sent(std::size_t index, std::size_t count, std::uint64_t actual) noexcept;
  void note_unsent(LoadConnection& connection) noexcept;
  void take_reply(std::size_t index, const MessageHeader& header, std::uint64_t now) noexcept;
  void send_in_place_of_the_lost(std::uint64_t now);
  void end_where_all_is_quiet(std::uint64_t now);

  std::vector<Replies> replies_;  // by the connection's index
  std::uint64_t last_sent_ns_ = 0;
  std::uint64_t last_reply_ns_ = 0;
};

}  // namespace recvbench
