// One run: a fresh engine and a fresh generator, from the listener to the record.
#pragma once

#include <filesystem>

#include "harness/plan/plan.h"
#include "harness/plan/run_options.h"
#include "results/run_directory.h"
#include "results/run_record.h"

namespace recvbench {

struct RunOutcome {
  RunRecord record;
  RunStreams streams;
};

// Does the run and judges it. A run that fails gives a record that says why (valid = false); nothing is
// thrown for it. Blocks for warm-up, window, at most two drains, and at most some 50 s of time
// limits.
RunOutcome execute_run(const PlannedRun& run, const RunOptions& options);

}  // namespace recvbench
