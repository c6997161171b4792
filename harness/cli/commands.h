// The commands behind the command line, with their options as plain values.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/doctor/doctor.h"
#include "harness/plan/run_options.h"
#include "harness/search/search_result.h"
#include "harness/summary/summary_table.h"

namespace recvbench {

// Engines of this binary, whether each runs here and why not; where one is named, or the library that holds
// it, all that is known of it, its settings with their ranges and defaults. Writes to stdout. Throws
// UsageError where there is no such engine.
int list_command(const std::string& engine, bool json);

enum class ProgressStyle { automatic, bar, plain, none };

struct RunCommand {
  RunOptions options;
  std::filesystem::path out;          // run directory; empty = runs/<UTC time>
  std::filesystem::path calibration;  // what doctor --calibrate stored; empty = at its default place, if any
  TableFormat format = TableFormat::table;
  ProgressStyle progress = ProgressStyle::automatic;
  bool dry_run = false;
  int verbosity = 0;                 // -1 = quiet
  std::vector<std::string> command;  // as typed, for the record
};
// Plans, runs, writes the run directory, prints the table. Throws UsageError and std::system_error.
int run_command(const RunCommand& command);

struct DoctorCommand {
  DoctorOptions options;
  std::filesystem::path calibration;  // where to store ceilings; empty = at the default place
  bool json = false;
  bool quiet = false;  // no progress on stderr
};
// Looks at this machine, prints what it found. exit_code::invalid where something makes every measurement
// here invalid.
int doctor_command(const DoctorCommand& command);

// Of `run`'s options, those that are not a rate, a duration or a number of repetitions.
struct SearchCommand {
  RunCommand run;
  SearchOptions search;
};
// Searches every cell's highest rate, writes the run directory and search.json, prints the table.
// exit_code::invalid where no cell has a number. Throws UsageError and std::system_error.
int search_command(const SearchCommand& command);

}  // namespace recvbench
