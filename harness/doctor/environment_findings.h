// What a machine, its settings and this build mean for measurements. Pure: state in, findings out.
#pragma once

#include <optional>
#include <vector>

#include "harness/doctor/finding.h"
#include "platform/machine_state.h"
#include "results/environment.h"

namespace recvbench {

struct Environment {
  SystemInfo system;
  BuildInfo build;
  MachineState machine;
  int usable_cpus = 1;               // logical CPUs that this process may run on
  std::optional<double> busy_share;  // of all CPUs, of others, just now; empty = not measured
};

// This machine, without the busy share: cheap.
Environment this_environment();

// One finding for each thing that applies to the system: fine, worth a word, or not told.
std::vector<Finding> judge(const Environment& environment);

// environment_json() and, under "warnings", what is worth one of it: for run.json.
nlohmann::json environment_with_warnings();

// Those of severity warning and above.
std::vector<Finding> warnings_of(const std::vector<Finding>& findings);

}  // namespace recvbench
