// SIGINT and SIGTERM.
#include "platform/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <system_error>

#include "platform/error.h"

namespace recvbench {
namespace {

std::atomic<int> requests{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may use lock-free atomics only");

extern "C" void on_interrupt(int) {
  if (++requests > 2) _exit(130);  // 128 + SIGINT
}

}  // namespace

void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;  // waits are bounded and ask interrupted(); nobody wants EINTR
  for (const int signal : {SIGINT, SIGTERM}) {
    if (sigaction(signal, &action, nullptr) != 0)
      throw_error(last_system_error(), "sigaction", std::to_string(signal));
  }
}

bool interrupted() noexcept {
  return requests.load() > 0;
}

bool interrupted_twice() noexcept {
  return requests.load() > 1;
}

bool stderr_is_terminal() noexcept {
  return isatty(STDERR_FILENO) == 1;
}

}  // namespace recvbench
