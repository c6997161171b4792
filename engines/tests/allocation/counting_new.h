// Counts what chosen threads take from the heap by operator new, which this program replaces.
#pragma once

#include <cstdint>

namespace recvbench {

// From now on the calling thread's allocations are counted whenever counting is on.
void watch_this_thread();
// Any thread. Turning it on begins again at zero.
void count_allocations(bool on);
std::uint64_t allocations_counted();

}  // namespace recvbench
