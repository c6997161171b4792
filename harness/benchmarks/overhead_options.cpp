#include "harness/benchmarks/overhead_options.h"

#include <algorithm>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "harness/benchmarks/bare_loop.h"
#include "harness/benchmarks/sibling_program.h"
#include "harness/plan/option_values.h"
#include "harness/plan/plan.h"
#include "platform/system_info.h"

namespace recvbench {

namespace {

// What was typed: checked and converted once all of it is there.
struct OverheadText {
  std::vector<std::string> engines, pin, cpus, load_cpus;
  std::string pairs, duration, warmup, connections, size, messages_per_send, generator;
  bool json = false;
};

void check_engine(const std::string& name) {
  std::string known;
  for (const BareModel& model : bare_models()) {
    if (model.engine == name) return;
    known += (known.empty() ? "" : ", ") + std::string(model.engine);
  }
  refuse("--engine", name, "has no bare loop here; one of " + known);
}

std::uint32_t count_from(const std::string& option, const std::string& text, std::uint32_t least,
                         std::uint32_t most) {
  return static_cast<std::uint32_t>(whole_from(option, text, least, most));
}

OverheadOptions options_from(const OverheadText& text) {
  OverheadOptions options;
  options.run.warmup_ns = 500'000'000;
  options.run.duration_ns = std::string_view(platform_name()) == "windows" ? 6'000'000'000 : 3'000'000'000;
  options.run.generator = text.generator;
  if (text.generator.empty()) options.run.generator = sibling_recvbench();
  std::for_each(text.engines.begin(), text.engines.end(), check_engine);
  options.engines = text.engines;
  // Six pairs are the fewest that have a 95 % interval.
  if (!text.pairs.empty()) options.pairs = count_from("--pairs", text.pairs, 6, 1000);
  if (!text.duration.empty())
    options.run.duration_ns = duration_from("--duration", text.duration, 100'000'000);
  if (!text.warmup.empty()) options.run.warmup_ns = duration_from("--warmup", text.warmup, 0);
  if (!text.connections.empty())
    options.scenario.connections = count_from("--connections", text.connections, 1, 1024);
  if (!text.size.empty()) options.scenario.size_bytes = message_size_from("--size", text.size);
  if (!text.messages_per_send.empty())
    options.scenario.messages_per_send =
        count_from("--messages-per-send", text.messages_per_send, 1, 1'000'000);
  options.run.engine.cpus = cpus_from("--cpus", text.cpus);
  options.run.load_cpus = cpus_from("--load-cpus", text.load_cpus);
  if (!text.pin.empty()) options.run.engine.cpus = options.run.load_cpus = cpus_from("--pin", text.pin);
  options.json = text.json;
  return options;
}

}  // namespace

std::optional<OverheadOptions> parse_overhead_options(int argc, char** argv) {
  CLI::App app("An engine under the harness against a bare loop of the same model, in alternating pairs.");
  app.name("recvbench_overhead");
  app.footer("Exit codes: 0 ok; 2 usage error; 13 a pair was not valid.");
  OverheadText text;
  app.add_option("--engine", text.engines, "blocking, and iocp (Windows) or epoll (Linux); default both")
      ->delimiter(',');
  app.add_option("--pairs", text.pairs, "Pairs of runs, 6 to 1000 (default 8)");
  app.add_option(
      "--duration", text.duration,
      "Measured window of a run (default 3s; 6s on Windows, whose CPU clock steps by 10 to 16 ms)");
  app.add_option("--warmup", text.warmup, "Before it (default 500ms)");
  app.add_option("--connections", text.connections, "1 to 1024 (default 8)");
  app.add_option("--size", text.size, "Bytes of a message (default 64)");
  app.add_option("--messages-per-send", text.messages_per_send, "Messages packed into a send (default 1)");
  CLI::Option* pin = app.add_option("--pin", text.pin, "Receiver and generator on this CPU");
  app.add_option("--cpus", text.cpus, "Receive threads on these CPUs")->delimiter(',')->excludes(pin);
  app.add_option("--load-cpus", text.load_cpus, "Generator threads on these CPUs")
      ->delimiter(',')
      ->excludes(pin);
  app.add_option("--generator", text.generator,
                 "Program that generates the load (default the recvbench of the same build)");
  app.add_flag("--json", text.json, "Figures of every pair");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help
    app.exit(request);
    return std::nullopt;
  } catch (const CLI::Error& error) {
    throw UsageError(std::string(error.what()) + " (see --help)");
  }
  return options_from(text);
}

}  // namespace recvbench
