// What `run` is told, as text, and the plain values it stands for. Pure: the command line and config files
// fill it in.
#pragma once

#include <string>
#include <vector>

#include "harness/cli/commands.h"

namespace recvbench {

// Checked and converted once all of it is there, since a profile fills what is left open.
struct RunText {
  std::string profile = "quick";
  std::vector<std::string> engines, scenarios, excluded, protocols, ip_versions, udp_sockets, workloads,
      connections, idle, messages_per_connection, closes, slow_writers, write_pieces, slow_readers,
      read_pieces, sizes, rates, arrivals, thinks, cpus, load_cpus;
  std::string threads, buffer, receives_in_flight, socket_buffer, warmup, duration, repeat, seed;
  std::string load_threads, messages_per_send, in_flight, max_outstanding, drain, generator, calibration, out;
  std::string mode = "open";
  std::string format = "table";
  std::string progress = "auto";
  std::string config;
  bool verify = false;
  bool dry_run = false;
  bool dump_config = false;
  bool quiet = false;
  int verbose = 0;
};

// Throws UsageError naming the option, its value and the allowed ones.
RunOptions options_from(const RunText& text);
// `command_line` is kept as typed, for the record. Throws UsageError.
RunCommand run_command_from(const RunText& text, std::vector<std::string> command_line);

}  // namespace recvbench
