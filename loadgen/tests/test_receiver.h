// A receiver for the generator's tests: a thread a connection, every header, sequence and payload checked.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "loadgen/load_plan.h"
#include "loadgen/message_stream.h"
#include "platform/socket.h"

namespace recvbench {

struct ReceiverBehaviour {
  bool echo = false;
  bool reads = true;                                           // false: accepts, and never takes a byte
  std::size_t read_bytes = 64 * 1024;                          // at most, a receive call
  std::chrono::microseconds pause{0};                          // after each receive call
  std::uint64_t reset_connection_0_after = ~std::uint64_t{0};  // messages
  std::optional<MessageSizes> sizes{};                         // every length is checked, for seed 1
  std::uint32_t close_from_number = ~std::uint32_t{0};         // as soon as it has greeted
  std::uint64_t corrupt_reply = ~std::uint64_t{0};  // sequence of the reply whose last byte is flipped
};

// What arrived on all connections.
struct Received {
  std::uint64_t greetings = 0;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;             // of the messages
  std::uint64_t wrong = 0;             // sequence, connection, payload or header
  std::uint64_t cut = 0;               // connections that ended in mid-message
  std::uint64_t partial = 0;           // receive calls that ended in mid-message, the connection going on
  std::vector<std::uint32_t> held_up;  // numbers of connections whose replies met a full send buffer
  std::vector<std::uint64_t> run_ids;
};

// Runs from construction to stop() (or destruction); ends by itself once `connections` are accepted and
// closed.
class TestReceiver {
 public:
  TestReceiver(std::uint64_t connections, ReceiverBehaviour behaviour, const SocketOptions& options = {})
      : behaviour_(behaviour), listener_(listen_tcp(Address::loopback(AddressFamily::ipv4), 1024, options)) {
    set_nonblocking(listener_, true);
    connections_ = connections;
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~TestReceiver() { stop(); }
  TestReceiver(const TestReceiver&) = delete;
  TestReceiver& operator=(const TestReceiver&) = delete;

  std::uint16_t port() const { return local_address(listener_).port(); }

  // No connection past the first ones is made. After all of those are.
  void stop_listening() {
    acceptor_.join();
    listener_.close();
  }
  // The same once so many connections in all have come.
  Received stop_after(std::uint64_t connections) {
    connections_ = connections;
    return stop();
  }
  // Waits until every connection has ended or is told to.
  Received stop(bool at_once = false) {
    if (at_once) stopping_ = true;
    if (acceptor_.joinable()) acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    return received_;
  }

 private:
  void accept_all() {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    for (std::uint64_t accepted = 0;
         accepted < connections_ && !stopping_ && std::chrono::steady_clock::now() < limit;) {
      if (!wait_readable(listener_.native(), std::chrono::milliseconds(20))) continue;
      std::error_code error;
      Socket socket = accept_tcp(listener_, error);
      if (!socket) continue;
      set_nonblocking(socket, true);
      set_no_delay(socket, true);
      ++accepted;
      threads_.emplace_back(
          [this, connection = std::move(socket)]() mutable { serve(std::move(connection)); });
    }
  }

  void serve(Socket socket) {
    Received mine;
    MessageStream stream;
    std::vector<std::byte> buffer(behaviour_.read_bytes);
    std::vector<std::byte> reply;
    std::uint32_t connection = 0;
    std::uint64_t next_sequence = 0;
    bool greeted = false;
    bool good = true;
    const auto on_message = [&](const MessageHeader& header) {
      if (!greeted) {
        greeted = true;
        connection = header.connection;
        mine.run_ids.push_back(header.sequence);
        if (header.flags == greeting_flag && header.length == header_bytes) ++mine.greetings;
        if (header.intended_ns == 0 || header.intended_ns > header.actual_ns) good = false;
        return;
      }
      ++mine.messages;
      if (header.flags != no_flags || header.connection != connection || header.sequence != next_sequence++)
        good = false;
      if (behaviour_.sizes && header.length != behaviour_.sizes->of(1, connection, header.sequence))
        good = false;
      mine.bytes += header.length;
      if (!behaviour_.echo) return;
      reply.resize(header.length);
      encode_header(header, std::span(reply).first<header_bytes>());
      fill_payload(connection, header.sequence, std::span(reply).subspan(header_bytes));
      if (header.sequence == behaviour_.corrupt_reply) reply.back() ^= std::byte{1};
      const IoResult sent = send_some(socket.native(), reply);
      if (sent.bytes < reply.size()) mine.held_up.push_back(connection);
      send_all(socket.native(), std::span(reply).subspan(sent.bytes), std::chrono::seconds(5));
    };
    const auto on_payload = [&](const MessageHeader& header, std::size_t offset,
                                std::span<const std::byte> piece) {
      if (!payload_matches(header.connection, header.sequence, offset, piece)) good = false;
    };
    while (!stopping_) {
      if (!behaviour_.reads) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        continue;
      }
      if (!wait_readable(socket.native(), std::chrono::milliseconds(20))) continue;
      const IoResult result = receive_some(socket.native(), buffer);
      if (result.error && would_block(result.error)) continue;
      if (result.error || result.bytes == 0) break;
      if (stream.feed(std::span<const std::byte>(buffer).first(result.bytes), on_message, on_payload) !=
          HeaderError::none) {
        good = false;
        break;
      }
      if (!stream.at_boundary()) ++mine.partial;
      if (greeted && connection >= behaviour_.close_from_number) break;
      if (connection == 0 && mine.messages >= behaviour_.reset_connection_0_after) {
        set_abortive_close(socket);
        break;
      }
      if (behaviour_.pause.count() > 0) std::this_thread::sleep_for(behaviour_.pause);
    }
    socket.close();
    const std::lock_guard lock(mutex_);
    received_.greetings += mine.greetings;
    received_.messages += mine.messages;
    received_.bytes += mine.bytes;
    received_.wrong += good ? 0 : 1;
    received_.cut += stream.at_boundary() ? 0 : 1;
    received_.partial += mine.partial;
    received_.held_up.insert(received_.held_up.end(), mine.held_up.begin(), mine.held_up.end());
    received_.run_ids.insert(received_.run_ids.end(), mine.run_ids.begin(), mine.run_ids.end());
  }

  ReceiverBehaviour behaviour_;
  Socket listener_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> connections_ = 0;  // to accept in all
  std::thread acceptor_;
  std::vector<std::thread> threads_;  // of the acceptor until it is joined
  std::mutex mutex_;
  Received received_;
};

inline constexpr std::uint64_t ms = 1'000'000;

// A short run against `port` on loopback.
inline LoadPlan short_plan(std::uint16_t port) {
  LoadPlan plan;
  plan.run_id = 4711;
  plan.hosts = {"127.0.0.1"};
  plan.port = port;
  plan.rate_per_s = 1000;
  plan.warmup_ns = 50 * ms;
  plan.duration_ns = 300 * ms;
  plan.drain_ns = 10'000 * ms;
  return plan;
}

}  // namespace recvbench
