// What a record says of its run before anything is measured: engine, settings, scenario, phases. Pure, but
// for the time of day and what the engine says of its own availability.
#pragma once

#include "harness/plan/plan.h"
#include "harness/plan/run_options.h"
#include "results/run_record.h"

namespace recvbench {

// The other figures are as in a record of a run that measured nothing.
RunRecord describe(const PlannedRun& run, const RunOptions& options);

}  // namespace recvbench
