// The command line: options to plain values, and nothing else.
#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "harness/cli/commands.h"
#include "harness/cli/config_text.h"
#include "harness/cli/exit_codes.h"
#include "harness/option_values.h"
#include "harness/plan.h"
#include "harness/units.h"
#include "loadgen/generator.h"
#include "platform/interrupt.h"
#include "platform/socket.h"
#include "results/environment.h"

namespace recvbench {

namespace {

Protocol protocol_from(const std::string& text) {
  if (text == "tcp") return Protocol::tcp;
  if (text == "udp") return Protocol::udp;
  refuse("--protocol", text, "tcp or udp");
}

IpVersion ip_version_from(const std::string& text) {
  for (const IpVersion version : {IpVersion::v4, IpVersion::v6, IpVersion::dual})
    if (text == to_string(version)) return version;
  refuse("--ip", text, "v4, v6 or dual");
}

Workload workload_from(const std::string& text) {
  if (text == "sink") return Workload::sink;
  if (text == "echo") return Workload::echo;
  refuse("--workload", text, "sink or echo");
}

template <class Convert>
auto each(const std::vector<std::string>& texts, Convert convert) {
  std::vector<decltype(convert(std::string()))> values;
  values.reserve(texts.size());
  for (const std::string& text : texts) values.push_back(convert(text));
  return values;
}

// What `run` is told, as text: checked and converted once all of it is there, since a profile fills what is
// left open.
struct RunText {
  std::string profile = "quick";
  std::vector<std::string> engines, scenarios, protocols, ip_versions, udp_sockets, workloads, connections,
      sizes, rates, cpus, load_cpus;
  std::string threads, buffer, receives_in_flight, socket_buffer, warmup, duration, repeat, seed;
  std::string load_threads, messages_per_send, in_flight, max_outstanding, drain, generator, out;
  std::string format = "table";
  std::string progress = "auto";
  std::string config;
  bool verify = false;
  bool dry_run = false;
  bool dump_config = false;
  bool quiet = false;
  int verbose = 0;
};

RunOptions options_from(const RunText& text) {
  RunOptions options;
  try {
    options = profile(text.profile);
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
  options.protocols = each(text.protocols, protocol_from);
  options.ip_versions = each(text.ip_versions, ip_version_from);
  if (!text.engines.empty()) options.engines = parse_engine_specs(text.engines);
  if (!text.scenarios.empty()) options.scenarios = text.scenarios;
  options.workloads = each(text.workloads, workload_from);
  options.udp_sockets = each(text.udp_sockets, [](const std::string& value) {
    return static_cast<std::uint32_t>(whole_from("--udp-sockets", value, 1, 1024));
  });
  options.connections = each(text.connections, [](const std::string& value) {
    return static_cast<std::uint32_t>(whole_from("--connections", value, 1, 60'000));
  });
  options.sizes =
      each(text.sizes, [](const std::string& value) { return message_size_from("--size", value); });
  options.rates = each(text.rates, [](const std::string& value) {
    return value == "max" ? std::optional<double>() : std::optional(rate_from("--rate", value));
  });
  if (!text.threads.empty())
    options.engine.threads = static_cast<int>(whole_from("--threads", text.threads, 1, 1024));
  if (!text.buffer.empty())
    options.engine.buffer_bytes = bytes_from("--buffer", text.buffer, 1, std::size_t{64} << 20);
  if (!text.receives_in_flight.empty())
    options.engine.receives_in_flight =
        static_cast<int>(whole_from("--receives-in-flight", text.receives_in_flight, 1, 1024));
  options.engine.cpus = cpus_from("--cpus", text.cpus);
  if (!text.socket_buffer.empty())
    options.engine.socket_receive_buffer =
        static_cast<int>(bytes_from("--so-rcvbuf", text.socket_buffer, 0, std::size_t{1} << 30));
  if (!text.warmup.empty()) options.warmup_ns = duration_from("--warmup", text.warmup, 0);
  if (!text.duration.empty()) options.duration_ns = duration_from("--duration", text.duration, 1'000'000);
  if (!text.repeat.empty())
    options.repeat = static_cast<std::uint32_t>(whole_from("--repeat", text.repeat, 1, 10'000));
  if (!text.seed.empty()) options.seed = whole_from("--seed", text.seed, 0, 1ull << 53);
  options.verify = text.verify;
  if (!text.load_threads.empty())
    options.load_threads = static_cast<int>(whole_from("--load-threads", text.load_threads, 1, 1024));
  options.load_cpus = cpus_from("--load-cpus", text.load_cpus);
  if (!text.messages_per_send.empty())
    options.messages_per_send =
        static_cast<std::uint32_t>(whole_from("--messages-per-send", text.messages_per_send, 1, 1'000'000));
  if (!text.in_flight.empty())
    options.in_flight = static_cast<std::uint32_t>(whole_from("--in-flight", text.in_flight, 1, 1'000'000));
  if (!text.max_outstanding.empty())
    options.max_outstanding = whole_from("--max-outstanding", text.max_outstanding, 1, 1'000'000'000'000);
  if (!text.drain.empty()) options.drain_ns = duration_from("--drain", text.drain, 1'000'000);
  options.generator = text.generator;
  return options;
}

template <class Value>
Value choice(const std::string& option, const std::string& text,
             std::initializer_list<std::pair<const char*, Value>> choices) {
  std::string allowed;
  for (const auto& [name, value] : choices) {
    if (text == name) return value;
    allowed += (allowed.empty() ? "" : ", ") + std::string(name);
  }
  refuse(option, text, "one of " + allowed);
}

RunCommand run_command_from(const RunText& text, std::vector<std::string> command_line) {
  RunCommand command;
  command.options = options_from(text);
  command.out = text.out;
  command.format = choice<TableFormat>("--format", text.format,
                                       {{"table", TableFormat::table},
                                        {"json", TableFormat::json},
                                        {"csv", TableFormat::csv},
                                        {"md", TableFormat::markdown}});
  command.progress = choice<ProgressStyle>("--progress", text.progress,
                                           {{"auto", ProgressStyle::automatic},
                                            {"bar", ProgressStyle::bar},
                                            {"plain", ProgressStyle::plain},
                                            {"none", ProgressStyle::none}});
  command.dry_run = text.dry_run;
  command.verbosity = text.quiet ? -1 : text.verbose;
  command.command = std::move(command_line);
  return command;
}

void add_run_options(CLI::App& run, RunText& text) {
  run.add_option("--config", text.config,
                 "Read options from a TOML file, keys as the options' names (command line wins)")
      ->configurable(false);
  run.add_flag("--dump-config", text.dump_config, "Print the given options as a config file and exit")
      ->configurable(false);
  const auto list = [&](const char* name, std::vector<std::string>& values, const char* help) {
    return run.add_option(name, values, help)->delimiter(',')->group("What to compare");
  };
  list("--engine,-e", text.engines,
       "Engines by name or glob, with settings as in iocp:batch=1|8 (see list ENGINE), or the path of a "
       "library; default all");
  list("--scenario", text.scenarios, "Only scenarios whose name matches");
  run.add_option("--profile", text.profile, "quick, standard or full: scenarios, duration, repetitions")
      ->group("What to compare");
  list("--protocol", text.protocols, "tcp (the default) or udp");
  list("--ip", text.ip_versions,
       "v4 (the default), v6, or dual: half the connections by IPv4 to an IPv6 socket, which the network can "
       "reach for the run");
  list("--udp-sockets", text.udp_sockets,
       "UDP: sockets on one port, over which the system divides the connections (default 1)");
  list("--workload", text.workloads, "sink (one way) or echo (round trip)");
  list("--connections,-c", text.connections, "Connections");
  list("--size", text.sizes, "Message bytes with the header of 40, such as 64, 1kb");
  list("--rate", text.rates, "Messages per second over all connections, such as 10k, or max");

  const auto engine = [&](const char* name, auto& value, const char* help) {
    run.add_option(name, value, help)->group("Engine settings");
  };
  engine("--threads", text.threads, "Receive threads (default 1)");
  engine("--buffer", text.buffer, "Bytes a receive (default 64kb)");
  engine("--receives-in-flight", text.receives_in_flight, "Outstanding receives a connection (default 1)");
  run.add_option("--cpus", text.cpus, "Pin receive threads to these CPUs")
      ->delimiter(',')
      ->group("Engine settings");
  engine("--so-rcvbuf", text.socket_buffer, "SO_RCVBUF in bytes");

  const auto load = [&](const char* name, auto& value, const char* help) {
    run.add_option(name, value, help)->group("Load");
  };
  load("--load-threads", text.load_threads, "Generator threads (default 1)");
  run.add_option("--load-cpus", text.load_cpus, "Pin generator threads to these CPUs")
      ->delimiter(',')
      ->group("Load");
  load("--messages-per-send", text.messages_per_send,
       "Sink as fast as possible: messages packed into a send (default 1)");
  load("--in-flight", text.in_flight,
       "Echo as fast as possible: unanswered messages a connection (default 1)");
  load("--max-outstanding", text.max_outstanding,
       "Due messages that may wait before they are dropped (default 1m)");
  load("--drain", text.drain, "Most time for what is on its way after the window (default 5s)");
  load("--generator", text.generator, "Program that generates the load (default this one)");
  run.add_flag("--verify", text.verify, "Check every payload byte")->group("Load");

  const auto time = [&](const char* name, auto& value, const char* help) {
    run.add_option(name, value, help)->group("How long");
  };
  time("--warmup", text.warmup, "Warm-up of each run");
  time("--duration,-d", text.duration, "Measured window of each run (at most 30m)");
  time("--repeat,-r", text.repeat, "Rounds: runs of each cell, interleaved");
  time("--seed", text.seed, "Order of the runs (default 1)");

  const auto output = [&](const char* name, auto& value, const char* help) {
    run.add_option(name, value, help)->group("Output");
  };
  output("--out,-o", text.out, "Run directory (default runs/<UTC time>)");
  output("--format", text.format, "table, json, csv or md");
  output("--progress", text.progress, "auto, bar, plain or none");
  run.add_flag("--dry-run", text.dry_run, "Print plan, order and total time, run nothing")
      ->configurable(false)
      ->group("Output");
  run.add_flag("--quiet,-q", text.quiet, "Only the table")->group("Output");
  run.add_flag("--verbose,-v", text.verbose, "Also each run's warnings")->group("Output");
}

std::string configurable_names(const CLI::App& run) {
  std::string names;
  for (const CLI::Option* option : run.get_options())
    if (option->get_configurable() && !option->get_lnames().empty())
      names += (names.empty() ? "" : ", ") + option->get_lnames().front();
  return names;
}

// Fills in what the command line left open. CLI11's own config files belong to the program as a whole, not to
// one of its commands, and it ignores unknown keys unless told otherwise; its TOML parser is used as it is.
void read_config(CLI::App& run, const std::string& path) {
  std::istringstream file(read_config_text(path));
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_config(file);
  } catch (const CLI::Error& error) {
    throw UsageError("--config " + path + ": " + error.what());
  }
  for (const CLI::ConfigItem& item : items) {
    // CLI11 marks the begin and the end of a section by items of these names.
    if (item.name == "++" || item.name == "--") continue;
    CLI::Option* option = item.parents.empty() ? run.get_option_no_throw("--" + item.name) : nullptr;
    if (option == nullptr || !option->get_configurable())
      throw UsageError("--config " + path + ": " + item.fullname() + ": no such key; one of " +
                       configurable_names(run));
    if (option->count() > 0) continue;
    const bool is_flag = option->get_expected_max() == 0;
    try {
      if (is_flag)
        option->add_result(option->get_flag_value(item.name, CLI::ConfigTOML().to_flag(item)));
      else
        option->add_result(item.inputs);
      option->run_callback();
    } catch (const CLI::Error& error) {
      throw UsageError("--config " + path + ": " + item.name + ": " + error.what());
    }
  }
}

// "127.0.0.1:4000" or "[::1]:4000".
std::pair<std::string, std::uint16_t> endpoint_from(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : parse_count(text.substr(colon + 1));
  if (!port || *port < 1 || *port > 65535) refuse("--connect", text, "HOST:PORT with a port from 1 to 65535");
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return {host, static_cast<std::uint16_t>(*port)};
}

int run_main(int argc, char** argv) {
  CLI::App app("Compares Winsock receive models under one harness, against a load generator of its own.");
  app.name("recvbench");
  app.set_version_flag("--version", [] {
    const BuildInfo build = build_info();
    return "recvbench " + build.version + " (" + build.target + ", " + build.compiler +
           (build.git_revision.empty() ? "" : ", " + build.git_revision) + ")";
  });
  app.footer(exit_code::help);
  app.require_subcommand(1);

  bool list_json = false;
  std::string list_engine;
  CLI::App* list =
      app.add_subcommand("list", "Engines, whether each runs here, and why not; of one, its settings");
  list->add_option("engine", list_engine, "Only this one, with limits and settings");
  list->add_flag("--json", list_json, "As a JSON array");

  RunText text;
  CLI::App* run =
      app.add_subcommand("run", "Measure engines under scenarios, write a run directory, print a table");
  add_run_options(*run, text);

  std::string connect;
  GeneratorOptions generator;
  CLI::App* load = app.add_subcommand(
      "load", "Generate the load of one run, as told over a control connection (started by run)");
  load->add_option("--connect", connect, "HOST:PORT of the harness's control connection")->required();
  load->add_option("--token", generator.token, "Shared secret of the harness");

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help, --version
    return app.exit(request);
  } catch (const CLI::Error& error) {
    std::fprintf(stderr, "recvbench: %s (see recvbench --help, recvbench run --help)\n", error.what());
    return exit_code::usage;
  }

  const NetworkSession network;
  if (*list) return list_command(list_engine, list_json);
  if (*load) {
    // Ctrl-C reaches the harness and its generator alike: the harness finishes the run in flight, and the
    // generator ends when the harness does.
    watch_interrupts();
    std::tie(generator.control_host, generator.control_port) = endpoint_from(connect);
    return run_generator(generator);
  }
  if (!text.config.empty()) read_config(*run, text.config);
  const RunCommand command = run_command_from(text, {argv, argv + argc});
  if (text.dump_config) {
    std::fputs(run->config_to_str(false, false).c_str(), stdout);
    return exit_code::ok;
  }
  return run_command(command);
}

}  // namespace

}  // namespace recvbench

int main(int argc, char** argv) {
  using namespace recvbench;
  try {
    const int code = run_main(argc, argv);
    // Output that did not arrive must not look like success.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
      throw std::runtime_error("standard output: cannot be written");
    return code;
  } catch (const UsageError& error) {
    std::fprintf(stderr, "recvbench: %s\n", error.what());
    return exit_code::usage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "recvbench: %s\n", error.what());
    return exit_code::invalid;
  }
}
