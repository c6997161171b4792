// Numbers with units, as people type and read them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace recvbench {

// "64", "10k", "1.5M" -> a count or rate; k, M and G are powers of 1000. Empty where it is not such a number.
std::optional<double> parse_count(std::string_view text);
// "64", "64b", "64kb", "1MB" -> bytes; kb, mb and gb are powers of 1024.
std::optional<std::uint64_t> parse_bytes(std::string_view text);
// "250ms", "3s", "2m", "100us", "1.5s" -> ns. A number without a unit is seconds.
std::optional<std::uint64_t> parse_duration_ns(std::string_view text);

// "10k", "2.5M", "12345": exact, short; used in names, so it contains no spaces.
std::string compact_count(double value);
// "64B", "64KiB": exact, short.
std::string compact_bytes(std::uint64_t bytes);
// "1ms", "250us", "1.5s": exact, short.
std::string compact_duration(std::uint64_t ns);
// Three significant digits with a unit: "9.87k", "405k".
std::string readable_count(double value);
// Three significant digits: "850 ns", "12.3 us", "4.56 ms", "1.20 s".
std::string readable_ns(double ns);
// A share of 0 .. 1 in percent, five characters at most: "0%", "<.01%", "0.12%", "12.3%". "0%" is exactly
// none.
std::string readable_share(double share);
// For waiting times: "12s", "3m 20s", "1h 05m".
std::string readable_wait(std::uint64_t ns);

}  // namespace recvbench
