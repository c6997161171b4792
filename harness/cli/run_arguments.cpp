#include "harness/cli/run_arguments.h"

#include <sstream>
#include <vector>

#include <CLI/CLI.hpp>

#include "harness/cli/config_text.h"
#include "harness/plan/usage_error.h"

namespace recvbench {

namespace {

std::string configurable_names(const CLI::App& run) {
  std::string names;
  for (const CLI::Option* option : run.get_options())
    if (option->get_configurable() && !option->get_lnames().empty())
      names += (names.empty() ? "" : ", ") + option->get_lnames().front();
  return names;
}

}  // namespace

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
  list("--exclude", text.excluded,
       "Not the cells (engine/scenario) whose name matches, such as 'select/*-c1000-*'");
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
  list("--idle", text.idle, "TCP: further connections that never send, such as 10k (default 0)");
  list("--messages-per-connection", text.messages_per_connection,
       "TCP: after so many a connection closes and another takes its place (default 0: each lasts)");
  list("--close", text.closes,
       "With it: graceful (FIN, the default) or abortive (RST, which loses what a sink has not read yet)");
  list("--slow-writers", text.slow_writers,
       "TCP: so many connections, or a share such as 10%, write each message in pieces; the others are what "
       "is measured (default 0)");
  list("--write-pieces", text.write_pieces,
       "PIECES:GAP of slow writers: how many, and from one to the next (default 4:1ms)");
  list("--slow-readers", text.slow_readers,
       "TCP echo: so many connections, or a share, read their replies a little at a time (default 0)");
  list("--read-pieces", text.read_pieces,
       "BYTES:GAP of slow readers: at most, and from one read to the next (default 1kb:10ms)");
  list(
      "--size", text.sizes,
      "Message bytes with the header of 40, such as 64, 1kb; 64-1024 (any of them, each as often), 9x64+1500 "
      "(nine of 64 for each of 1500)");
  list("--rate", text.rates,
       "Messages per second over all connections, such as 10k, or of each, such as 1k/connection, or max");
  list("--arrival", text.arrivals,
       "When messages fall due: constant (the default), poisson, burst:MESSAGES[:GAP], ramp:FROM:TO, "
       "step:RATE:RATE..., or a recorded arrival file");
  run.add_option("--mode", text.mode,
                 "open (the default): messages fall due whatever comes back; closed: echo, the next one "
                 "after the reply")
      ->group("What to compare");
  list("--think", text.thinks, "Mode closed: from a reply to the next message (default 0)");

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
  load("--calibration", text.calibration,
       "The generator's ceilings, as doctor --calibrate stored them (default runs/calibration-*.json of this "
       "machine and build, where there is one)");
  run.add_flag("--verify", text.verify, "Check every payload byte")->group("Load");

  const auto time = [&](const char* name, auto& value, const char* help) {
    run.add_option(name, value, help)->group("How long");
  };
  time("--warmup", text.warmup, "Warm-up of each run");
  time("--duration,-d", text.duration, "Measured window of each run (at most 30m)");
  time("--repeat,-r", text.repeat, "Rounds: runs of each cell, interleaved");
  time("--seed", text.seed, "Order of the runs, and what arrives at random (default 1)");

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

// CLI11's own config files belong to the program as a whole, not to
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

std::string config_text_of(const CLI::App& run) {
  return run.config_to_str(false, false);
}

}  // namespace recvbench
