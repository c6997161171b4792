// One run of a bare loop under the load that the harness would give an engine.
#pragma once

#include <optional>
#include <string>

#include "harness/benchmarks/bare_loop.h"
#include "harness/plan/run_options.h"

namespace recvbench {

// What a run is compared by; `invalid` says why it is not to be used, empty where it is.
struct RunFigures {
  double messages_per_s = 0;
  std::optional<double> cpu_ns_per_message;  // of this process; empty where too little for the clock's step
  std::string invalid;
};

// A fresh generator, `options`' warm-up and window, this process's CPU time and the bytes taken at the
// window's begin and end. Throws nothing: what fails is in `invalid`.
RunFigures run_bare(const BareModel& model, const Scenario& scenario, const RunOptions& options);

// The engine of the same model under the harness, in the same terms.
RunFigures run_engine(const EngineDescriptor& engine, const Scenario& scenario, const RunOptions& options);

}  // namespace recvbench
