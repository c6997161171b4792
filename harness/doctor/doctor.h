// What doctor looks at, in order.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "harness/doctor/ceiling_runs.h"
#include "harness/doctor/doctor_report.h"

namespace recvbench {

struct DoctorStep {
  std::string name;               // "clock"
  std::uint64_t expected_ns = 0;  // how long it takes on a quiet machine
  // Adds to the report. May throw std::system_error where this machine has not what it needs.
  std::function<void(DoctorReport&)> examine;
};

struct DoctorOptions {
  std::optional<NoisePlan> noise;       // empty = only what takes no runs
  std::optional<CeilingPlan> ceilings;  // empty = not measured
};
// `interrupted` ends a step of many runs early. `options` is copied.
std::vector<DoctorStep> doctor_steps(const DoctorOptions& options, const std::function<bool()>& interrupted);

// Does the steps one after the other until `interrupted`, asked before each and after the last. A step that
// throws becomes a finding of severity problem, and the next one is done. `begin_step` is told each step's
// place from 0.
DoctorReport examine(const std::vector<DoctorStep>& steps, const std::function<bool()>& interrupted,
                     const std::function<void(std::size_t)>& begin_step);

}  // namespace recvbench
