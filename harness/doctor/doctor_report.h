// All that doctor found, as JSON and as text. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "harness/doctor/clock_check.h"
#include "harness/doctor/environment_findings.h"
#include "harness/doctor/finding.h"
#include "harness/doctor/generator_ceiling.h"
#include "harness/doctor/loopback_floor.h"
#include "harness/doctor/noise_runs.h"
#include "harness/doctor/timer_check.h"

namespace recvbench {

// Empty optionals were not measured: not asked for, or interrupted before.
struct DoctorReport {
  static constexpr int schema_major = 1;
  static constexpr int schema_minor = 0;

  Environment environment;
  std::optional<ClockCheck> clock;
  std::optional<TimerCheck> timers;
  std::optional<LoopbackFloor> loopback;
  std::optional<NoiseCheck> noise;
  std::optional<std::vector<GeneratorCeiling>> ceilings;
  std::vector<Finding> findings;
  bool interrupted = false;

  // Nothing that was looked at makes measurements invalid.
  bool fit() const;
};

// Follows results/schema/doctor.schema.json. `environment` is what run.json holds under that key.
nlohmann::json to_json(const DoctorReport& report, nlohmann::json environment);

// At most 80 columns, findings in order of severity, the worst first.
std::string to_text(const DoctorReport& report);

// `text` in lines of at most `columns` characters, broken at spaces, each after `indent` spaces. A word that
// is longer stands on a line of its own.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t columns);

}  // namespace recvbench
