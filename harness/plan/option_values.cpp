#include "harness/plan/option_values.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "harness/plan/units.h"
#include "harness/plan/usage_error.h"
#include "loadgen/load_plan.h"
#include "loadgen/message.h"
#include "platform/thread.h"

namespace recvbench {

void refuse(const std::string& option, const std::string& value, const std::string& allowed) {
  throw UsageError(option + " " + value + ": " + allowed);
}

namespace {

constexpr const char* allowed_rates = "0.001 to 1g messages a second, such as 10k";

std::optional<double> parse_rate(const std::string& text) {
  const auto rate = parse_count(text);
  return rate && *rate >= min_rate_per_s && *rate <= max_rate_per_s ? rate : std::nullopt;
}

}  // namespace

double rate_from(const std::string& option, const std::string& text) {
  const auto rate = parse_rate(text);
  if (!rate) refuse(option, text, allowed_rates);
  return *rate;
}

std::optional<OfferedRate> offered_rate_from(const std::string& option, const std::string& text) {
  constexpr std::string_view each = "/connection";
  if (text == "max") return std::nullopt;
  const bool per_connection = text.ends_with(each);
  const std::string number = per_connection ? text.substr(0, text.size() - each.size()) : text;
  const auto rate = parse_rate(number);
  if (!rate) refuse(option, text, std::string(allowed_rates) + ", in total or 1k/connection, or max");
  return OfferedRate(*rate, per_connection);
}

std::uint32_t message_size_from(const std::string& option, const std::string& text) {
  const auto size = parse_bytes(text);
  if (!size || *size < header_bytes || *size > max_message_bytes)
    refuse(option, text, "40 (the message header) to 16mb, such as 64, 1kb");
  return static_cast<std::uint32_t>(*size);
}

MessageSizes message_sizes_from(const std::string& option, const std::string& text) {
  const auto refuse_all = [&] {
    refuse(option, text,
           "40 (the message header) to 16mb, such as 64, 1kb; or a range, 64-1024; or up to " +
               std::to_string(MessageSizes::max_parts) +
               " of them by weights from 1 to 1m, 9x64+1500 (nine of 64 for each of 1500)");
  };
  const auto size = [&](std::string_view digits) {
    const auto bytes = parse_bytes(digits);
    if (!bytes || *bytes < header_bytes || *bytes > max_message_bytes) refuse_all();
    return static_cast<std::uint32_t>(*bytes);
  };
  std::vector<MessageSizes::Part> parts;
  for (std::string_view rest = text;;) {
    const std::size_t plus = rest.find('+');
    std::string_view one = rest.substr(0, plus);
    MessageSizes::Part part;
    if (const std::size_t times = one.find('x'); times != std::string_view::npos) {
      const auto weight = parse_count(one.substr(0, times));
      if (!weight || *weight < 1 || *weight > MessageSizes::max_weight || *weight != std::floor(*weight))
        refuse_all();
      part.weight = static_cast<std::uint32_t>(*weight);
      one.remove_prefix(times + 1);
    }
    const std::size_t dash = one.find('-');
    part.least = size(one.substr(0, dash));
    part.most = dash == std::string_view::npos ? part.least : size(one.substr(dash + 1));
    if (part.least > part.most) refuse_all();
    parts.push_back(part);
    if (plus == std::string_view::npos) break;
    rest.remove_prefix(plus + 1);
  }
  if (parts.size() > MessageSizes::max_parts) refuse_all();
  return MessageSizes(std::move(parts));
}

std::size_t bytes_from(const std::string& option, const std::string& text, std::size_t least,
                       std::size_t most) {
  const auto bytes = parse_bytes(text);
  if (!bytes || *bytes < least || *bytes > most)
    refuse(option, text, compact_bytes(least) + " to " + compact_bytes(most) + ", such as 16kb");
  return static_cast<std::size_t>(*bytes);
}

std::uint64_t whole_from(const std::string& option, const std::string& text, std::uint64_t least,
                         std::uint64_t most) {
  const auto number = parse_count(text);
  if (!number || *number < static_cast<double>(least) || *number > static_cast<double>(most) ||
      *number != static_cast<double>(static_cast<std::uint64_t>(*number)))
    refuse(option, text, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return static_cast<std::uint64_t>(*number);
}

std::uint64_t duration_from(const std::string& option, const std::string& text, std::uint64_t least_ns) {
  const auto duration = parse_duration_ns(text);
  if (!duration || *duration < least_ns || *duration > max_phase_ns)
    refuse(option, text,
           "a time from " + (least_ns == 0 ? "0" : readable_ns(static_cast<double>(least_ns))) + " to " +
               readable_wait(max_phase_ns) + ", such as 250ms, 3s, 2m");
  return *duration;
}

std::vector<int> cpus_from(const std::string& option, const std::vector<std::string>& texts) {
  const std::vector<int> allowed = allowed_cpus();
  std::vector<int> cpus;
  for (const std::string& text : texts) {
    const int cpu = static_cast<int>(whole_from(option, text, 0, 65535));
    if (std::find(allowed.begin(), allowed.end(), cpu) == allowed.end()) {
      std::string names;
      for (const int name : allowed) names += (names.empty() ? "" : ", ") + std::to_string(name);
      refuse(option, text, "not a CPU that this process may run on, which are " + names);
    }
    cpus.push_back(cpu);
  }
  return cpus;
}

}  // namespace recvbench
