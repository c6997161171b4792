// What the accounting's tests share: messages as the generator writes them, and an account that takes them.
#pragma once

#include <vector>

#include <gtest/gtest.h>

#include "harness/receiver/message_accounting.h"
#include "platform/clock.h"

namespace recvbench {

inline constexpr std::uint64_t run_id = 42;

inline std::vector<std::byte> message(const MessageHeader& header) {
  std::vector<std::byte> bytes(header.length);
  encode_header(header, std::span<std::byte, header_bytes>(bytes.data(), header_bytes));
  fill_payload(header.connection, header.sequence, std::span(bytes).subspan(header_bytes));
  return bytes;
}

class MessageAccountTest : public ::testing::Test {
 protected:
  MessageAccountTest() { window.set(1, UINT64_MAX); }

  bool receive(std::span<const std::byte> bytes) { return account.receive(state, no_socket, bytes); }
  bool greet() { return receive(message({greeting_flag, header_bytes, 3, run_id, 0, 0})); }
  bool receive_message(std::uint64_t sequence, std::uint64_t intended_ns = now_ns() - 2000,
                       std::uint64_t actual_ns = now_ns() - 1000) {
    return receive(message({no_flags, 64, 3, sequence, intended_ns, actual_ns}));
  }
  std::int64_t latencies() const {
    IntervalHistograms response, service;
    account.collect(response, service);
    return total(response).count();
  }

  Expectation expectation{run_id, 8, 64, Workload::sink, true};
  MeasuredWindow window;
  ConnectionTallies tallies{0, 8};
  MessageAccount account{expectation, window, tallies};
  StreamState state;
};

}  // namespace recvbench
