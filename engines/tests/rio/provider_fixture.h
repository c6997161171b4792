// The function table under test, and what its tests do over and over: every rule is checked against the
// emulation, and against the system's own table where there is one.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "engines/winsock/rio/emulation.h"
#include "engines/winsock/rio/provider.h"
#include "platform/socket.h"

namespace recvbench {

enum class ProviderKind { emulated, system };

class RioProviderTest : public testing::TestWithParam<ProviderKind> {
 protected:
  // Nothing here takes longer; a test that waits for this has failed.
  static constexpr std::chrono::seconds limit{10};

  void SetUp() override { provider_ = GetParam() == ProviderKind::emulated ? emulated_rio() : system_rio(); }

  void TearDown() override {
    sockets_.clear();
    for (const rio::CompletionQueue queue : completion_queues_) rio().close_completion_queue(queue);
    if (buffer_ != rio::invalid_buffer_id) rio().deregister_buffer(buffer_);
  }

  const rio::FunctionTable& rio() const { return provider_.functions; }

  // A connected pair; the accepted side receives. Closed at the end, before the completion queues.
  SocketPair& new_pair() {
    SocketOptions options;
    options.registered_io = true;
    return sockets_.emplace_back(connected_pair(AddressFamily::ipv4, options));
  }

  rio::CompletionQueue new_completion_queue(DWORD size, rio::Notification* notification = nullptr) {
    const rio::CompletionQueue queue = rio().create_completion_queue(size, notification);
    EXPECT_NE(queue, rio::invalid_completion_queue) << WSAGetLastError();
    completion_queues_.push_back(queue);
    return queue;
  }

  // Receives only, all completions to `queue`.
  rio::RequestQueue new_request_queue(const Socket& socket, ULONG receives, rio::CompletionQueue queue,
                                      void* context = nullptr, ULONG sends = 0) {
    return rio().create_request_queue(socket.native(), receives, 1, sends, 1, queue, queue, context);
  }

  // A slice of the test's one registered buffer.
  rio::Buffer slice(ULONG offset, ULONG length) {
    if (buffer_ == rio::invalid_buffer_id) {
      buffer_ = rio().register_buffer(memory_.data(), static_cast<DWORD>(memory_.size()));
      EXPECT_NE(buffer_, rio::invalid_buffer_id) << WSAGetLastError();
    }
    return {buffer_, offset, length};
  }

  std::string_view memory(ULONG offset, std::size_t length) const {
    return std::string_view(memory_.data(), memory_.size()).substr(offset, length);
  }

  void fill(ULONG offset, std::string_view text) {
    std::copy(text.begin(), text.end(), memory_.begin() + static_cast<std::ptrdiff_t>(offset));
  }

  bool receive(rio::RequestQueue queue, rio::Buffer where, std::size_t context = 0, DWORD flags = 0) {
    return rio().receive(queue, &where, 1, flags, reinterpret_cast<void*>(context)) != FALSE;
  }

  static void send(const Socket& socket, std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    ASSERT_FALSE(send_all(socket.native(), bytes, limit).error);
  }

  // Polls until `count` completions have been dequeued or the limit has passed.
  std::vector<rio::Result> dequeue(rio::CompletionQueue queue, std::size_t count) {
    std::vector<rio::Result> all;
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (all.size() < count && std::chrono::steady_clock::now() < deadline) {
      std::array<rio::Result, 8> some;
      const auto wanted = static_cast<ULONG>(std::min(some.size(), count - all.size()));
      const ULONG got = rio().dequeue_completion(queue, some.data(), wanted);
      if (got == rio::corrupt_completion_queue) {
        ADD_FAILURE() << "RIO_CORRUPT_CQ";
        break;
      }
      all.insert(all.end(), some.begin(), some.begin() + got);
      if (got == 0) std::this_thread::yield();
    }
    EXPECT_EQ(all.size(), count);
    // What was promised and did not come reads as an error nobody expects.
    all.resize(count, rio::Result{-1, 0, 0, 0});
    return all;
  }

 private:
  NetworkSession session_;
  RioProvider provider_;
  alignas(8) std::array<char, 4096> memory_{};
  rio::BufferId buffer_ = rio::invalid_buffer_id;
  std::vector<rio::CompletionQueue> completion_queues_;
  std::deque<SocketPair> sockets_;  // whose references stay valid
};

inline std::string provider_name(const testing::TestParamInfo<ProviderKind>& kind) {
  return kind.param == ProviderKind::emulated ? "Emulated" : "System";
}

// The emulation everywhere; the system's table where it can be had (RioSystemTable says where it cannot, and
// why).
inline std::vector<ProviderKind> providers_here() {
  const NetworkSession session;
  std::vector<ProviderKind> kinds{ProviderKind::emulated};
  if (!best_rio().emulated) kinds.push_back(ProviderKind::system);
  return kinds;
}

#define RECVBENCH_RIO_PROVIDERS(fixture) \
  INSTANTIATE_TEST_SUITE_P(Rio, fixture, testing::ValuesIn(providers_here()), provider_name)

}  // namespace recvbench
