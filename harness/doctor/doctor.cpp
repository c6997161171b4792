#include "harness/doctor/doctor.h"

#include <iterator>
#include <system_error>

#include "harness/doctor/measurement_findings.h"
#include "platform/thread.h"

namespace recvbench {

namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t ns_per_ms = 1'000'000;

void add(DoctorReport& report, std::vector<Finding> findings) {
  std::move(findings.begin(), findings.end(), std::back_inserter(report.findings));
}

// First of all: what else runs is to be seen before doctor itself makes the machine busy.
void look_around(DoctorReport& report) {
  report.environment = this_environment();
  report.environment.busy_share = cpu_busy_share(milliseconds(200));
  add(report, judge(report.environment));
}

void check_clock(DoctorReport& report) {
  ClockCheck clock;
  clock.name = clock_name();
  clock.resolution_ns = clock_resolution_ns();
  clock.cost = measure_clock_cost(1'000'000);
  clock.exchange = measure_clock_exchange(allowed_cpus(), milliseconds(200));
  add(report, judge(clock));
  report.clock = std::move(clock);
}

void time_waits(DoctorReport& report) {
  report.timers = check_timers(milliseconds(300));
  add(report, judge(*report.timers));
}

void time_round_trips(DoctorReport& report) {
  report.loopback = measure_loopback(64, milliseconds(500));
  add(report,
      judge(*report.loopback, report.clock ? std::optional(report.clock->cost.mean_ns) : std::nullopt));
}

}  // namespace

std::vector<DoctorStep> doctor_steps(const DoctorOptions& options, const std::function<bool()>& interrupted) {
  std::vector<DoctorStep> steps{{"environment", 250 * ns_per_ms, look_around},
                                {"clock", 500 * ns_per_ms, check_clock},
                                {"timers", 1'000 * ns_per_ms, time_waits},
                                {"loopback", 1'000 * ns_per_ms, time_round_trips}};
  if (options.noise)
    steps.push_back(
        {"noise", expected_ns(*options.noise), [plan = *options.noise, interrupted](DoctorReport& report) {
           report.noise = measure_noise(plan, noise_engine(), execute_run, interrupted);
           add(report, judge(*report.noise));
         }});
  if (options.ceilings)
    steps.push_back({"generator", expected_ns(*options.ceilings),
                     [plan = *options.ceilings, interrupted](DoctorReport& report) {
                       report.ceilings = measure_ceilings(plan, interrupted);
                       add(report, judge(*report.ceilings, running_under_wine()));
                     }});
  return steps;
}

DoctorReport examine(const std::vector<DoctorStep>& steps, const std::function<bool()>& interrupted,
                     const std::function<void(std::size_t)>& begin_step) {
  DoctorReport report;
  for (std::size_t place = 0; place < steps.size(); ++place) {
    if (interrupted()) {
      report.interrupted = true;
      break;
    }
    begin_step(place);
    try {
      steps[place].examine(report);
    } catch (const std::exception& error) {
      report.findings.push_back({steps[place].name + "-failed", Severity::problem, error.what(),
                                 "this could not be looked at", "see the call and the system's error name"});
    }
  }
  report.interrupted = report.interrupted || interrupted();
  return report;
}

}  // namespace recvbench
