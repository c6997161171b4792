// Makes the kernel refuse a system call, as an older kernel or a container's policy would.
#pragma once

#include <cstdint>

namespace recvbench {

// From now until the calling thread ends, `number` fails with `error` (an errno value) where its second
// argument is `second`. Throws std::system_error.
void refuse_call(std::uint32_t number, std::uint32_t second, std::uint32_t error);
// The same whatever its arguments.
void refuse_call(std::uint32_t number, std::uint32_t error);

}  // namespace recvbench
