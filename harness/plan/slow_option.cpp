#include "harness/plan/slow_option.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "harness/plan/option_values.h"
#include "harness/plan/run_options.h"
#include "harness/plan/units.h"

namespace recvbench {

namespace {

// What stands after the colon; empty where there is none, or it is no such gap.
std::optional<std::uint64_t> gap_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto gap_ns = parse_duration_ns(text.substr(colon + 1));
  return gap_ns && *gap_ns >= 1 && *gap_ns <= longest_slow_gap_ns ? gap_ns : std::nullopt;
}

std::string_view before_colon(std::string_view text) {
  return text.substr(0, text.find(':'));
}

double bytes_per_s(const SlowReaders& readers) {
  return readers.bytes * 1e9 / static_cast<double>(readers.gap_ns);
}

}  // namespace

std::uint32_t SlowShare::of(std::uint32_t connections) const {
  if (!percent) return static_cast<std::uint32_t>(amount);
  const auto nearest = static_cast<std::uint32_t>(std::lround(connections * amount / 100));
  return amount > 0 ? std::max<std::uint32_t>(1, nearest) : 0;
}

SlowShare slow_share_from(const std::string& option, const std::string& text) {
  const bool percent = text.ends_with('%');
  const auto amount = parse_count(percent ? std::string_view(text).substr(0, text.size() - 1) : text);
  const bool allowed =
      amount && *amount >= 0 &&
      (percent ? *amount < 100 : *amount <= most_connections && *amount == std::floor(*amount));
  if (!allowed)
    refuse(option, text,
           "connections, 0 to " + std::to_string(most_connections) +
               ", or a share of them below 100%, such as 10%");
  return {text, *amount, percent};
}

SlowWriters write_pieces_from(const std::string& option, const std::string& text) {
  const auto pieces = parse_count(before_colon(text));
  const auto gap_ns = gap_of(text);
  if (!pieces || *pieces < 2 || *pieces > most_pieces || *pieces != std::floor(*pieces) || !gap_ns)
    refuse(option, text,
           "PIECES:GAP, 2 to " + std::to_string(most_pieces) + " of a message up to 1s apart, such as 4:1ms");
  return {0, static_cast<std::uint32_t>(*pieces), *gap_ns};
}

SlowReaders read_pieces_from(const std::string& option, const std::string& text) {
  const auto bytes = parse_bytes(before_colon(text));
  const auto gap_ns = gap_of(text);
  if (!bytes || *bytes < 1 || *bytes > max_slow_read_bytes || !gap_ns)
    refuse(option, text,
           "BYTES:GAP, 1 to " + compact_bytes(max_slow_read_bytes) +
               " at most a receive and up to 1s from one to the next, such as 1kb:10ms");
  const SlowReaders readers{0, static_cast<std::uint32_t>(*bytes), *gap_ns};
  if (bytes_per_s(readers) < slowest_read_per_s)
    refuse(option, text,
           "at least " + compact_bytes(slowest_read_per_s) +
               " a second, since a peer that takes too little in 2 s is given up as gone");
  return readers;
}

std::string pieces_text(const SlowWriters& writers) {
  return std::to_string(writers.pieces) + ":" + compact_duration(writers.gap_ns);
}

std::string pieces_text(const SlowReaders& readers) {
  return compact_bytes(readers.bytes) + ":" + compact_duration(readers.gap_ns);
}

}  // namespace recvbench
