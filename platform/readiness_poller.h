// Readiness of many sockets for one thread: epoll on Linux, WSAEventSelect beside a timer on Windows. What
// the generator waits with; the engines make their own calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "platform/socket.h"

namespace recvbench {

// Single-threaded. Level-triggered.
class ReadinessPoller {
 public:
  enum Interest : unsigned { nothing = 0, reading = 1, writing = 2 };  // combined by |
  struct Event {
    std::size_t key;
    bool readable;  // data, close or error: a receive does not block
    bool writable;  // room or error: a send does not block
  };

  ReadinessPoller();  // throws std::system_error
  ~ReadinessPoller();
  ReadinessPoller(ReadinessPoller&&) noexcept;
  ReadinessPoller& operator=(ReadinessPoller&&) noexcept;

  // `key` is the caller's name of the socket, unique here. A reset is reported whatever the interest.
  // Windows: the socket becomes non-blocking, and has no other event selection meanwhile.
  void add(NativeSocket socket, std::size_t key, unsigned interest);     // throws std::system_error
  void change(NativeSocket socket, std::size_t key, unsigned interest);  // throws std::system_error
  // Before the socket is closed.
  void remove(NativeSocket socket, std::size_t key) noexcept;

  // What is ready, after at most `timeout_ns` (0 = do not wait). Never waits longer than asked by more than
  // the system's wake-up time, but may return empty-handed before: Linux waits whole milliseconds, where
  // there is one; Windows looks again after 1 ms while a socket waits for room. The answer is valid until the
  // next call. Throws std::system_error.
  std::span<const Event> wait(std::uint64_t timeout_ns);
  // With a shorter timeout wait() does not sleep, and calling it again until then is a spin.
  static std::uint64_t shortest_sleep_ns() noexcept;
  // How much later than asked a wait() ends that nothing else has ended, nearly always at most, on a machine
  // that has a CPU to spare. Who must not be late asks for so much less, and spins the rest.
  static std::uint64_t wake_up_lateness_ns() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recvbench
