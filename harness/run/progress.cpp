#include "harness/run/progress.h"

#include <set>

#include "harness/plan/units.h"

namespace recvbench {

std::string finished_line(std::size_t done, std::size_t all, const RunRecord& record, std::uint64_t eta_ns) {
  const ScenarioRecord& scenario = record.scenario;
  std::string line = "[" + std::to_string(done) + "/" + std::to_string(all) + "] " + record.engine.label +
                     " " + scenario.protocol + " " + scenario.workload + " " + scenario.sizes +
                     " c=" + std::to_string(scenario.connections) + " " +
                     (scenario.rate_per_s ? compact_count(*scenario.rate_per_s) + "/s" : scenario.mode);
  if (!record.valid) {
    line += " INVALID " + record.reasons.front().code + ": " + record.reasons.front().detail;
  } else {
    if (!scenario.rate_per_s && record.rates.received_per_s)
      line += " " + readable_count(*record.rates.received_per_s) + "/s";
    if (record.response) {
      line += " p50=" + readable_ns(static_cast<double>(record.response->p50_ns));
      if (record.response->p99_ns)
        line += " p99=" + readable_ns(static_cast<double>(*record.response->p99_ns));
    }
    if (const auto lost = loss_share(record); lost && *lost > 0) line += " loss=" + readable_share(*lost);
  }
  if (done < all) line += " ETA " + readable_wait(eta_ns);
  return line;
}

std::string announcement(const Plan& plan, const RunOptions& options) {
  std::set<std::string> engines;
  std::set<std::string> scenarios;
  for (const PlannedRun& run : plan.runs) {
    engines.insert(run.variant.label);
    scenarios.insert(run.scenario.name());
  }
  const auto count = [](std::size_t n, const char* noun) {
    return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
  };
  return count(plan.runs.size(), "run") + " (" + count(engines.size(), "engine") + ", " +
         count(scenarios.size(), "scenario") + ", " + count(options.repeat, "round") + "), about " +
         readable_wait(plan.runs.size() * expected_run_ns(options));
}

void Eta::finished(std::uint64_t took_ns) noexcept {
  --left_;
  ++finished_;
  took_ns_ += took_ns;
}

std::uint64_t Eta::left_ns() const noexcept {
  return left_ * (finished_ == 0 ? planned_run_ns_ : took_ns_ / finished_);
}

}  // namespace recvbench
