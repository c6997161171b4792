#include "harness/plan/arrival_option.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/plan/option_values.h"
#include "harness/plan/units.h"
#include "harness/plan/usage_error.h"
#include "loadgen/load_plan.h"

namespace recvbench {

namespace {

using Kind = ArrivalPattern::Kind;

constexpr const char* allowed =
    "constant, poisson, burst:MESSAGES[:GAP], ramp:FROM:TO, step:RATE:RATE..., or a recorded arrival file";
constexpr std::uint64_t longest_run_ns = 2 * max_phase_ns;

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ':');) parts.push_back(part);
  if (!text.empty() && text.back() == ':') parts.emplace_back();
  return parts;
}

ArrivalChoice burst_from(const std::string& option, const std::string& text,
                         const std::vector<std::string>& parts) {
  const auto messages = parts.size() > 1 ? parse_count(parts[1]) : std::nullopt;
  const bool whole = messages && *messages >= 1 && *messages <= most_burst &&
                     *messages == static_cast<double>(static_cast<std::uint32_t>(*messages));
  const std::uint64_t gap_ns = parts.size() > 2 ? parse_duration_ns(parts[2]).value_or(0) : 0;
  if (!whole || parts.size() > 3 || (parts.size() == 3 && gap_ns == 0))
    refuse(option, text, "burst:MESSAGES[:GAP] with 1 to 1m messages, such as burst:32 or burst:32:10ms");
  ArrivalChoice choice{text, {Kind::burst, static_cast<std::uint32_t>(*messages), {}, nullptr}};
  if (parts.size() == 2) return choice;
  const double rate_per_s = *messages * 1e9 / static_cast<double>(gap_ns);
  if (rate_per_s < min_rate_per_s || rate_per_s > max_rate_per_s)
    refuse(option, text, "0.001 to 1g messages a second");
  choice.burst_rate_per_s = rate_per_s;
  return choice;
}

ArrivalChoice changing_from(const std::string& option, const std::string& text, Kind kind,
                            const std::vector<std::string>& parts) {
  std::vector<double> rates;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto rate = parse_count(parts[i]);
    if (!rate || *rate > max_rate_per_s) break;
    rates.push_back(*rate);
  }
  const std::size_t most = kind == Kind::ramp ? 2 : most_steps;
  const bool some =
      std::any_of(rates.begin(), rates.end(), [](double rate) { return rate >= min_rate_per_s; });
  if (rates.size() + 1 != parts.size() || rates.size() < 2 || rates.size() > most || !some)
    refuse(option, text,
           kind == Kind::ramp ? "ramp:FROM:TO with rates from 0 to 1g, not both 0, such as ramp:1k:10k"
                              : "step:RATE:RATE... with 2 to " + std::to_string(most) +
                                    " rates from 0 to 1g, not all 0, such as step:1k:5k:1k");
  return {text, {kind, 1, std::move(rates), nullptr}};
}

// "traces/web-1.txt" -> "web-1", as scenario names may be.
std::string recording_name(const std::string& path) {
  std::string name = path.substr(path.find_last_of("/\\") + 1);
  name = name.substr(0, name.rfind('.'));
  for (char& letter : name)
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0 && letter != '.') letter = '_';
  return name.empty() ? "file" : name;
}

ArrivalChoice recorded_from(const std::string& option, const std::string& path) {
  std::error_code error;
  std::ifstream file(path);
  if (!file || !std::filesystem::is_regular_file(path, error))
    refuse(option, path, std::string("neither a file that can be read nor one of ") + allowed);
  try {
    auto recording = std::make_shared<Recording>(read_recording(file, recording_name(path)));
    return {path, {Kind::replay, 1, {}, std::move(recording)}};
  } catch (const UsageError& fault) {
    refuse(option, path, fault.what());
  }
}

// Without a unit it is ns, and whole.
std::optional<std::uint64_t> offset_from(std::string_view text) {
  std::uint64_t ns = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, ns);
  if (error == std::errc{} && rest == end) return ns;
  const bool unit = !text.empty() && std::isalpha(static_cast<unsigned char>(text.back())) != 0;
  return unit ? parse_duration_ns(text) : std::nullopt;
}

std::optional<std::uint32_t> connection_from(std::string_view text) {
  std::uint32_t number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && rest == end && number != Recording::any_connection ? std::optional(number)
                                                                                    : std::nullopt;
}

}  // namespace

bool ArrivalChoice::says_rate() const {
  return burst_rate_per_s.has_value() || pattern.kind == Kind::ramp || pattern.kind == Kind::step ||
         pattern.kind == Kind::replay;
}

ArrivalChoice arrival_from(const std::string& option, const std::string& text) {
  const std::vector<std::string> parts = parts_of(text);
  const std::string first = parts.empty() ? "" : parts.front();
  if (text == "constant") return {text, {}};
  if (text == "poisson") return {text, {Kind::poisson, 1, {}, nullptr}};
  if (first == "burst") return burst_from(option, text, parts);
  if (first == "ramp") return changing_from(option, text, Kind::ramp, parts);
  if (first == "step") return changing_from(option, text, Kind::step, parts);
  return recorded_from(option, text);
}

Recording read_recording(std::istream& file, const std::string& name) {
  Recording recording{name, {}};
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    const auto fault = [&](const std::string& what) {
      throw UsageError("line " + std::to_string(number) + ": " + what);
    };
    std::istringstream words(line.substr(0, line.find('#')));
    std::string offset;
    std::string connection;
    std::string more;
    if (!(words >> offset)) continue;
    Recording::Message message;
    const auto offset_ns = offset_from(offset);
    if (!offset_ns || *offset_ns > longest_run_ns) fault("not a time in ns or with a unit, within an hour");
    message.offset_ns = *offset_ns;
    if (words >> connection) {
      const auto known = connection_from(connection);
      if (!known || words >> more) fault("after the time only the number of a connection");
      message.connection = *known;
    }
    if (!recording.messages.empty() && message.offset_ns < recording.messages.back().offset_ns)
      fault("earlier than the line before");
    if (recording.messages.size() == most_recorded)
      fault("more than " + std::to_string(most_recorded) + " messages");
    recording.messages.push_back(message);
  }
  if (recording.messages.empty()) throw UsageError("holds no message");
  return recording;
}

}  // namespace recvbench
