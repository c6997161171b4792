// A generator thread whose connections are TCP streams: many messages a send, the rest of one that was cut,
// replies in order, and a graceful close by both sides. Those that are slow on purpose go by the clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "loadgen/load_worker.h"
#include "loadgen/message_stream.h"
#include "loadgen/pause_queue.h"

namespace recvbench {

class StreamWorker final : public LoadWorker {
 public:
  // As LoadWorker's.
  StreamWorker(const LoadPlan& plan, const LoadTimes& times, std::uint32_t worker,
               std::vector<LoadConnection> connections, const std::atomic<bool>& cancelled);

 private:
  using Piece = std::span<const std::byte>;
  struct Stream {
    // Of a batch the bytes [from, to).
    void keep_rest(std::span<const Piece> batch, std::size_t from, std::size_t to);
    // The rest of the one message of which only the beginning is out, or a greeting.
    std::vector<std::byte> rest;
    std::size_t rest_sent = 0;
    std::size_t piece_left = 0;    // of it, what may go out by now: all, but for a slow writer's
    std::size_t pieces_after = 0;  // a slow writer's: in how many more its last bytes go out
    Address peer;                  // of this and of all that take its place
    std::uint64_t connect_ns = 0;  // of one that took another's: when its connect was called
    bool in_mid_message() const noexcept { return rest_sent < rest.size(); }
    // Echo.
    MessageStream replies;
    std::uint64_t next_reply = 0;  // sequence
    bool payload_ok = true;        // of the reply being received
  };

  void send_turn(std::size_t index, std::uint64_t now) override;
  void receive(std::size_t index) override;
  void finish_if_done(std::size_t index) override;
  void abandon(std::size_t index) override;
  void connected(std::size_t index) override;
  void give_up(std::uint64_t now) override;
  void take_pieces(std::uint64_t now) override;

  // What one send call is to carry; of a slow writer one message, whole in one place.
  std::span<const Piece> next_batch(const LoadConnection& connection, std::uint64_t now, std::size_t count);
  void pause_writing(std::size_t index) noexcept;
  void go_on_writing(std::size_t index);
  void go_on_reading(std::size_t index, std::uint64_t now);
  bool send_rest(std::size_t index);
  // Whether another connection is to take the place of this one.
  bool has_successor(const LoadConnection& connection) const noexcept {
    return !sending_over_ || !connection.due.empty();
  }
  void open_successor(std::size_t index);
  void take_reply(std::size_t index, const MessageHeader& header, std::uint64_t now) noexcept;

  const bool gathers_;           // its messages are long enough not to be copied
  Piece copied_;                 // a batch of others
  std::vector<Stream> streams_;  // by the connection's index
  // Of slow ones, each at most once.
  PauseQueue writing_pauses_;
  PauseQueue reading_pauses_;
};

}  // namespace recvbench
