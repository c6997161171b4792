// Ctrl-C (and SIGTERM) as something to ask for: the first finishes the run in flight, the second aborts the
// process.
#pragma once

namespace recvbench {

// Installs the handler for this process; a second interrupt ends the process at once with exit code 130.
void watch_interrupts();
bool interrupted() noexcept;

// True where standard error is a terminal.
bool stderr_is_terminal() noexcept;

}  // namespace recvbench
