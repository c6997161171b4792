// Option values as people type them, checked against what is allowed. Pure.
//
// Every function throws UsageError with one line (option, value, allowed values) for anything else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan/offered_load.h"
#include "loadgen/message_sizes.h"

namespace recvbench {

[[noreturn]] void refuse(const std::string& option, const std::string& value, const std::string& allowed);

// Messages a second over all connections.
double rate_from(const std::string& option, const std::string& text);
// As rate_from, or "1k/connection", or "max", which is none.
std::optional<OfferedRate> offered_rate_from(const std::string& option, const std::string& text);
// Bytes of a message, its header included.
std::uint32_t message_size_from(const std::string& option, const std::string& text);
// "64", "64-1024", "9x64+1500".
MessageSizes message_sizes_from(const std::string& option, const std::string& text);
// Bytes from `least` to `most`.
std::size_t bytes_from(const std::string& option, const std::string& text, std::size_t least,
                       std::size_t most);
std::uint64_t whole_from(const std::string& option, const std::string& text, std::uint64_t least,
                         std::uint64_t most);
// A phase of a run in ns, from `least_ns` to max_phase_ns.
std::uint64_t duration_from(const std::string& option, const std::string& text, std::uint64_t least_ns);
// CPUs of this machine that this process may run on.
std::vector<int> cpus_from(const std::string& option, const std::vector<std::string>& texts);

}  // namespace recvbench
