// The program: its commands, and which of them was asked for.
#include <cstdio>
#include <string>

#include <CLI/CLI.hpp>

#include "harness/cli/commands.h"
#include "harness/cli/doctor_text.h"
#include "harness/cli/exit_codes.h"
#include "harness/cli/run_arguments.h"
#include "harness/cli/search_arguments.h"
#include "harness/plan/option_values.h"
#include "harness/plan/units.h"
#include "harness/plan/usage_error.h"
#include "loadgen/generator.h"
#include "platform/interrupt.h"
#include "platform/socket.h"
#include "results/environment.h"

namespace recvbench {

namespace {

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

  RunText sweep_text;
  CLI::App* sweep = app.add_subcommand(
      "sweep", "Run along axes: what run does, with two values at least of something (--connections 1,8,64)");
  add_run_options(*sweep, sweep_text);

  DoctorText check;
  CLI::App* doctor = app.add_subcommand(
      "doctor", "Look at this machine: clock, timers, settings; what spoils measurements, and its fix");
  doctor->add_flag("--quick", check.quick, "Only what takes no runs: nothing of this machine's noise");
  doctor->add_flag("--calibrate", check.calibrate,
                   "Also the generator's ceilings, and the noise of 24 pairs of 2 s");
  doctor->add_option("--pairs", check.pairs, "Pairs of identical runs for the noise (default 8)");
  doctor->add_option("--duration,-d", check.duration,
                     "Measured window of each of these runs (default 500ms)");
  doctor->add_option("--load-threads", check.load_threads, "Generator threads for the ceilings (default 1)");
  doctor
      ->add_option("--size", check.sizes,
                   "Message bytes for the ceilings, such as 64,1kb, at most 65507 (default 64)")
      ->delimiter(',');
  doctor->add_option("--calibration", check.calibration,
                     "Where --calibrate stores the ceilings for run and search (default "
                     "runs/calibration-*.json; under Wine nowhere)");
  doctor->add_option("--generator", check.generator, "Program that generates their load (default this one)");
  doctor->add_flag("--json", check.json, "As JSON (results/schema/doctor.schema.json)");
  doctor->add_flag("--quiet,-q", check.quiet, "No progress");

  SearchText search_text;
  CLI::App* search = app.add_subcommand(
      "search", "Find the highest rate of each engine whose response time stays within --slo");
  add_search_options(*search, search_text);

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
  if (*doctor) return doctor_command(doctor_command_from(check));
  if (*load) {
    // Ctrl-C reaches the harness and its generator alike: the harness finishes the run in flight, and the
    // generator ends when the harness does.
    watch_interrupts();
    std::tie(generator.control_host, generator.control_port) = endpoint_from(connect);
    return run_generator(generator);
  }
  if (*search) {
    if (!search_text.run.config.empty()) read_config(*search, search_text.run.config);
    const SearchCommand command = search_command_from(search_text, {argv, argv + argc});
    if (search_text.run.dump_config) {
      std::fputs(config_text_of(*search).c_str(), stdout);
      return exit_code::ok;
    }
    return search_command(command);
  }
  CLI::App& asked = *sweep ? *sweep : *run;
  RunText& given = *sweep ? sweep_text : text;
  if (!given.config.empty()) read_config(asked, given.config);
  const RunCommand command = run_command_from(given, {argv, argv + argc});
  if (given.dump_config) {
    std::fputs(config_text_of(asked).c_str(), stdout);
    return exit_code::ok;
  }
  if (*sweep && swept_axes(command.options).empty())
    throw UsageError(
        "sweep: no axis has two values; give two of --connections, --size, --rate, --workload, --protocol or "
        "a "
        "setting, as in --engine 'iocp:batch=1|8'");
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
