#include "harness/benchmarks/overhead_options.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>

#include "harness/benchmarks/bare_loop.h"
#include "harness/benchmarks/sibling_program.h"
#include "harness/plan.h"
#include "harness/units.h"
#include "loadgen/message.h"
#include "platform/system_info.h"
#include "platform/thread.h"

namespace recvbench {

const char* const overhead_help =
    "recvbench_overhead: an engine under the harness against a bare loop of the same model, in alternating "
    "pairs.\n"
    "  --engine LIST            blocking, and iocp (Windows) or epoll (Linux); default both\n"
    "  --pairs N                pairs of runs, 6 to 1000 (default 8)\n"
    "  --duration TIME          measured window of a run (default 3s; under Windows and Wine 6s, for the "
    "CPU\n"
    "                           clock steps by 10 to 16 ms there)\n"
    "  --warmup TIME            before it (default 500ms)\n"
    "  --connections N          1 to 1024 (default 8)\n"
    "  --size BYTES             of a message (default 64)\n"
    "  --messages-per-send N    (default 1)\n"
    "  --pin CPU                receiver and generator on this one CPU\n"
    "  --cpus LIST              receive threads on these; --load-cpus LIST: generator threads on these\n"
    "  --generator PROGRAM      that understands `load` (default: the recvbench of the same build)\n"
    "  --json                   figures of every pair\n"
    "Exit codes: 0 ok; 2 usage error; 13 a pair was not valid.\n";

namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& value, const std::string& allowed) {
  throw UsageError(option + " " + value + ": " + allowed);
}

std::uint32_t whole(const std::string& option, const std::string& value, std::uint32_t least,
                    std::uint32_t most) {
  const auto number = parse_count(value);
  if (!number || *number < least || *number > most || *number != static_cast<std::uint32_t>(*number))
    refuse(option, value, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return static_cast<std::uint32_t>(*number);
}

std::uint64_t duration(const std::string& option, const std::string& value, std::uint64_t least_ns) {
  const auto time = parse_duration_ns(value);
  if (!time || *time < least_ns || *time > 3'600'000'000'000)
    refuse(option, value, "a time from " + readable_wait(least_ns) + " to 1h, such as 500ms, 3s");
  return *time;
}

std::vector<std::string> list(std::string_view text) {
  std::vector<std::string> items;
  for (;;) {
    const std::size_t comma = text.find(',');
    items.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

std::vector<int> cpus(const std::string& option, const std::string& value) {
  const std::vector<int> allowed = allowed_cpus();
  std::vector<int> result;
  for (const std::string& item : list(value)) {
    const int cpu = static_cast<int>(whole(option, item, 0, 4095));
    if (std::find(allowed.begin(), allowed.end(), cpu) == allowed.end())
      refuse(option, item, "not a CPU that this process may run on");
    result.push_back(cpu);
  }
  return result;
}

std::vector<std::string> engines(const std::string& option, const std::string& value) {
  const std::vector<std::string> names = list(value);
  for (const std::string& name : names) {
    std::string known;
    for (const BareModel& model : bare_models())
      known += (known.empty() ? "" : ", ") + std::string(model.engine);
    if (std::none_of(bare_models().begin(), bare_models().end(),
                     [&](const BareModel& model) { return model.engine == name; }))
      refuse(option, name, "has no bare loop here; one of " + known);
  }
  return names;
}

}  // namespace

OverheadOptions parse_overhead_options(const std::vector<std::string>& arguments) {
  OverheadOptions options;
  options.run.warmup_ns = 500'000'000;
  options.run.duration_ns = std::string_view(platform_name()) == "windows" ? 6'000'000'000 : 3'000'000'000;
  options.run.generator = sibling_recvbench();

  using Take = std::function<void(const std::string& option, const std::string& value)>;
  using Text = const std::string&;
  const std::map<std::string, Take> with_value{
      {"--engine", [&](Text o, Text v) { options.engines = engines(o, v); }},
      {"--pairs", [&](Text o, Text v) { options.pairs = whole(o, v, 6, 1000); }},
      {"--duration", [&](Text o, Text v) { options.run.duration_ns = duration(o, v, 100'000'000); }},
      {"--warmup", [&](Text o, Text v) { options.run.warmup_ns = duration(o, v, 0); }},
      {"--connections", [&](Text o, Text v) { options.scenario.connections = whole(o, v, 1, 1024); }},
      {"--size",
       [&](Text o, Text v) {
         const auto bytes = parse_bytes(v);
         if (!bytes || *bytes < header_bytes || *bytes > max_message_bytes)
           refuse(o, v, "40 (the message header) to 16mb");
         options.scenario.size_bytes = static_cast<std::uint32_t>(*bytes);
       }},
      {"--messages-per-send",
       [&](Text o, Text v) { options.scenario.messages_per_send = whole(o, v, 1, 1'000'000); }},
      {"--pin", [&](Text o, Text v) { options.run.engine.cpus = options.run.load_cpus = cpus(o, v); }},
      {"--cpus", [&](Text o, Text v) { options.run.engine.cpus = cpus(o, v); }},
      {"--load-cpus", [&](Text o, Text v) { options.run.load_cpus = cpus(o, v); }},
      {"--generator", [&](Text, Text v) { options.run.generator = v; }},
  };

  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--help" || argument == "-h") {
      options.help = true;
    } else {
      const std::size_t equals = argument.find('=');
      const std::string option = argument.substr(0, equals);
      const auto known = with_value.find(option);
      if (known == with_value.end()) throw UsageError(option + ": no such option; see --help");
      if (equals != std::string::npos) {
        known->second(option, argument.substr(equals + 1));
      } else if (++i < arguments.size()) {
        known->second(option, arguments[i]);
      } else {
        throw UsageError(option + ": needs a value; see --help");
      }
    }
  }
  return options;
}

}  // namespace recvbench
