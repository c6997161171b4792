// A receiver of datagrams for the generator's tests, which does with replies what networks and slow receivers
// do. It counts what it did, so that the generator's counts can be compared exactly.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <system_error>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "loadgen/message.h"
#include "platform/datagram.h"

namespace recvbench {

// "every n": of the n-th message and each n-th after it; 0 = of none.
struct DatagramBehaviour {
  bool answers = true;
  std::uint64_t lose_every = 0;
  std::uint64_t duplicate_every = 0;
  std::uint64_t swap_every = 0;  // this reply comes after the next one
  std::uint64_t truncate_every = 0;
  std::uint64_t lose_of_connection_0 = ~std::uint64_t{0};  // the reply to this sequence
  std::chrono::milliseconds delay{0};                      // of every reply
  std::uint64_t stall_at = 0;  // before this message is answered, from 1; 0 = never
  std::chrono::milliseconds stall{0};
};

struct DatagramsReceived {
  std::uint64_t messages = 0;
  std::uint64_t wrong = 0;  // header, size or payload
  std::uint64_t lost = 0;   // replies that were not sent
  std::uint64_t duplicated = 0;
  std::uint64_t swapped = 0;
  std::uint64_t truncated = 0;
  std::set<std::uint32_t> greeted;
  std::map<std::uint32_t, std::uint64_t> messages_of;  // by connection
};

// Runs from construction to stop() or destruction.
class TestDatagramReceiver {
 public:
  explicit TestDatagramReceiver(DatagramBehaviour behaviour)
      : behaviour_(behaviour), socket_(bind_udp(Address::loopback(AddressFamily::ipv4), roomy())) {
    set_nonblocking(socket_, true);
    thread_ = std::thread([this] { serve(); });
  }
  ~TestDatagramReceiver() { stop(); }
  TestDatagramReceiver(const TestDatagramReceiver&) = delete;
  TestDatagramReceiver& operator=(const TestDatagramReceiver&) = delete;

  std::uint16_t port() const { return local_address(socket_).port(); }

  DatagramsReceived stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    return received_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Reply {
    Clock::time_point due;
    std::vector<std::byte> bytes;
    SourceAddress to;
  };

  static SocketOptions roomy() {
    SocketOptions options;
    options.receive_buffer_bytes = 4 * 1024 * 1024;
    return options;
  }

  static bool nth(std::uint64_t message, std::uint64_t every) { return every != 0 && message % every == 0; }

  void serve() {
    std::array<std::byte, 2048> buffer;
    while (!stopping_) {
      const auto wait = std::chrono::milliseconds(replies_.empty() ? 20 : 1);
      if (wait_readable(socket_.native(), wait)) {
        SourceAddress source;
        const DatagramResult received = receive_datagram(socket_.native(), buffer, source);
        if (!received.error) take(std::span(buffer).first(received.bytes), source);
      }
      for (; !replies_.empty() && replies_.front().due <= Clock::now(); replies_.pop_front())
        send(replies_.front());
    }
  }

  void take(std::span<const std::byte> bytes, const SourceAddress& source) {
    MessageHeader header;
    const bool readable = bytes.size() >= header_bytes &&
                          decode_header(bytes.first<header_bytes>(), header) == HeaderError::none &&
                          header.length == bytes.size();
    if (!readable || !payload_matches(header.connection, header.sequence, 0, bytes.subspan(header_bytes))) {
      ++received_.wrong;
      return;
    }
    if (header.flags == greeting_flag) {
      received_.greeted.insert(header.connection);
      return;
    }
    ++received_.messages_of[header.connection];
    const std::uint64_t message = ++received_.messages;
    if (message == behaviour_.stall_at) std::this_thread::sleep_for(behaviour_.stall);
    const bool this_one = header.connection == 0 && behaviour_.lose_of_connection_0 == header.sequence;
    if (!behaviour_.answers || this_one || nth(message, behaviour_.lose_every)) {
      ++received_.lost;
      return;
    }
    answer(message, {Clock::now() + behaviour_.delay, {bytes.begin(), bytes.end()}, source});
  }

  void answer(std::uint64_t message, Reply reply) {
    if (nth(message, behaviour_.truncate_every)) {
      ++received_.truncated;
      reply.bytes.pop_back();
    }
    // It goes out with the next message's, or by itself where there is none.
    const bool swap = nth(message, behaviour_.swap_every);
    if (swap) reply.due += std::chrono::milliseconds(500);
    if (!swap && !replies_.empty() && behaviour_.swap_every != 0) {
      ++received_.swapped;
      replies_.front().due = reply.due;
      replies_.push_front(reply);
      return;
    }
    replies_.push_back(reply);
    if (nth(message, behaviour_.duplicate_every)) {
      ++received_.duplicated;
      replies_.push_back(reply);
    }
  }

  void send(const Reply& reply) {
    const std::error_code error =
        send_datagram(socket_.native(), reply.bytes, reply.to.bytes(), std::chrono::seconds(2));
    EXPECT_FALSE(error) << error.message();
  }

  const DatagramBehaviour behaviour_;
  Socket socket_;
  std::atomic<bool> stopping_ = false;
  std::deque<Reply> replies_;  // by due time
  DatagramsReceived received_;
  std::thread thread_;
};

}  // namespace recvbench
