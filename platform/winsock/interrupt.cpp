// Console control events. Windows calls the handler in a thread of its own.
#include "platform/interrupt.h"

#include <windows.h>

#include <atomic>

#include "platform/error.h"

namespace recvbench {
namespace {

std::atomic<int> requests{0};

BOOL WINAPI on_interrupt(DWORD event) {
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) return FALSE;
  if (++requests > 2) TerminateProcess(GetCurrentProcess(), 130);  // 128 + SIGINT, as on POSIX
  return TRUE;
}

bool is_console(DWORD which) noexcept {
  DWORD mode = 0;  // only a console has one
  return GetConsoleMode(GetStdHandle(which), &mode) != 0;
}

}  // namespace

void watch_interrupts() {
  if (!SetConsoleCtrlHandler(on_interrupt, TRUE)) throw_error(last_system_error(), "SetConsoleCtrlHandler");
}

bool interrupted() noexcept {
  return requests.load() > 0;
}

bool interrupted_twice() noexcept {
  return requests.load() > 1;
}

bool stderr_is_terminal() noexcept {
  return is_console(STD_ERROR_HANDLE);
}

}  // namespace recvbench
