// The function under test, and what its tests do over and over: every rule is checked against the emulation,
// and against the system's own function where there is one.
#pragma once

#include <winsock2.h>
#include <windows.h>

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engines/tests/semantics/documented.h"
#include "engines/winsock/notifications/emulation.h"
#include "engines/winsock/notifications/provider.h"
#include "platform/socket.h"

namespace recvbench {

enum class NotificationsKind { emulated, system };

class Notifications : public testing::TestWithParam<NotificationsKind> {
 protected:
  // Nothing here takes longer; a test that waits for this has failed.
  static constexpr std::uint32_t limit_ms = 10'000;
  // What must not happen is given this long to happen.
  static constexpr std::uint32_t quiet_ms = 50;

  static constexpr std::uint8_t level = notify::trigger_level | notify::trigger_persistent;
  static constexpr std::uint8_t level_oneshot = notify::trigger_level | notify::trigger_oneshot;
  static constexpr std::uint8_t edge = notify::trigger_edge | notify::trigger_persistent;
  static constexpr std::uint16_t in = notify::event_in;
  static constexpr std::uint16_t in_or_hangup = notify::event_in | notify::event_hangup;

  void SetUp() override {
    provider_ = GetParam() == NotificationsKind::emulated ? emulated_socket_notifications()
                                                          : system_socket_notifications();
    port_ = new_port();
  }

  // Registrations go first: they must be gone when their port is.
  void TearDown() override {
    for (const SocketPair& pair : pairs_) {
      if (pair.accepted) apply(remove(pair.accepted));
    }
    for (const HANDLE port : ports_) CloseHandle(port);
  }

  HANDLE port() const { return port_; }
  HANDLE new_port() {
    const HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 0);
    EXPECT_NE(port, nullptr);
    return ports_.emplace_back(port);
  }

  // A connected pair, whose accepted side is to be registered.
  SocketPair& new_pair() {
    SocketPair& pair = pairs_.emplace_back(connected_pair());
    set_nonblocking(pair.accepted, true);
    return pair;
  }

  static notify::Registration enable(const Socket& socket, std::uint16_t filter, std::uint8_t trigger,
                                     std::size_t key = 1) {
    return {socket.native(), reinterpret_cast<void*>(key), filter, notify::operation_enable, trigger, ~0u};
  }
  static notify::Registration disable(const Socket& socket) {
    return {socket.native(), nullptr, 0, notify::operation_disable, 0, ~0u};
  }
  static notify::Registration remove(const Socket& socket) {
    return {socket.native(), nullptr, 0, notify::operation_remove, 0, ~0u};
  }

  template <class... Arguments>
  DWORD process(Arguments... arguments) {
    return provider_.process(arguments...);
  }

  // The registration's own result, or the call's where that failed.
  DWORD apply(notify::Registration registration, HANDLE port = nullptr) {
    const DWORD error =
        process(port != nullptr ? port : port_, 1u, &registration, 0u, ULONG{0}, nullptr, nullptr);
    return error != ERROR_SUCCESS ? error : registration.registration_result;
  }

  // What comes within the time limit, a call's worth of it: "key 1: IN HANGUP, key 2: REMOVE"; "nothing".
  std::string take(std::uint32_t timeout_ms = limit_ms) {
    std::array<OVERLAPPED_ENTRY, 8> packets{};
    std::uint32_t count = 0;
    const DWORD error =
        process(port_, 0u, nullptr, timeout_ms, static_cast<ULONG>(packets.size()), packets.data(), &count);
    if (error == WAIT_TIMEOUT) return "nothing";
    if (error != ERROR_SUCCESS) return "error " + std::to_string(error);
    return describe(std::span(packets).first(count));
  }
  // What comes although it should not.
  std::string take_unexpected() { return take(quiet_ms); }

  static std::string describe(std::span<const OVERLAPPED_ENTRY> packets) {
    std::string all;
    for (const OVERLAPPED_ENTRY& packet : packets) {
      if (!all.empty()) all += ", ";
      all += "key " + std::to_string(packet.lpCompletionKey) + ":" +
             describe_events(packet.dwNumberOfBytesTransferred);
    }
    return all;
  }
  static std::string describe_events(DWORD events) {
    std::string names;
    if ((events & notify::event_in) != 0) names += " IN";
    if ((events & notify::event_out) != 0) names += " OUT";
    if ((events & notify::event_hangup) != 0) names += " HANGUP";
    if ((events & notify::event_error) != 0) names += " ERR";
    if ((events & notify::event_remove) != 0) names += " REMOVE";
    return names;
  }
  // ERROR_SUCCESS or not: which error it is, the documentation leaves open.
  static std::string describe_result(DWORD result) { return result == ERROR_SUCCESS ? "done" : "refused"; }
  static std::string describe_call(DWORD result) {
    return result == WAIT_TIMEOUT ? "WAIT_TIMEOUT" : result == ERROR_SUCCESS ? "ERROR_SUCCESS" : "an error";
  }

  static void send(const Socket& socket, std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    ASSERT_FALSE(send_all(socket.native(), bytes, std::chrono::milliseconds(limit_ms)).error);
  }
  static bool is_readable(const Socket& socket) {
    return wait_readable(socket.native(), std::chrono::milliseconds(limit_ms));
  }
  // Receives until it would block: how many bytes.
  static std::size_t drain(const Socket& socket) {
    std::array<std::byte, 256> scrap{};
    std::size_t bytes = 0;
    for (;;) {
      const IoResult received = receive_some(socket.native(), scrap);
      if (received.bytes == 0) return bytes;
      bytes += received.bytes;
    }
  }

 private:
  NetworkSession session_;
  SocketNotificationsProvider provider_;
  HANDLE port_ = nullptr;
  std::vector<HANDLE> ports_;
  std::deque<SocketPair> pairs_;  // whose references stay valid
};

inline std::string notifications_kind_name(const testing::TestParamInfo<NotificationsKind>& kind) {
  return kind.param == NotificationsKind::emulated ? "Emulated" : "System";
}

// The emulation everywhere; the system's function where there is one (SystemSocketNotifications says where
// there is none, and why).
inline std::vector<NotificationsKind> notifications_here() {
  std::vector<NotificationsKind> kinds{NotificationsKind::emulated};
  if (!best_socket_notifications().emulated) kinds.push_back(NotificationsKind::system);
  return kinds;
}

#define RECVBENCH_NOTIFICATIONS(fixture)                                                    \
  INSTANTIATE_TEST_SUITE_P(Notifications, fixture, testing::ValuesIn(notifications_here()), \
                           notifications_kind_name)

}  // namespace recvbench
