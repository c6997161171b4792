// Ctrl-C (and SIGTERM) as something to ask for: the first finishes the run in flight, the second breaks it
// off, the third ends the process at once.
#pragma once

namespace recvbench {

// Installs the handler for this process; a third interrupt ends the process at once with exit code 130.
void watch_interrupts();
bool interrupted() noexcept;
bool interrupted_twice() noexcept;

// True where standard error is a terminal.
bool stderr_is_terminal() noexcept;

}  // namespace recvbench
