#include <cstdio>
#include <string>

#include "harness/cli/calibration.h"
#include "harness/cli/commands.h"
#include "harness/cli/exit_codes.h"
#include "harness/cli/generator_check.h"
#include "harness/doctor/doctor.h"
#include "harness/plan/units.h"
#include "platform/interrupt.h"
#include "platform/process.h"
#include "platform/system_info.h"
#include "results/append_file.h"
#include "results/environment.h"
#include "results/json_text.h"

namespace recvbench {

namespace {

// All that was to be measured is there. Unasked nothing is stored under Wine, where a receiver that only
// drains is slower than the generator.
bool is_worth_storing(const DoctorReport& report, const DoctorCommand& command) {
  return report.ceilings && !report.interrupted && report.fit() &&
         (!running_under_wine() || !command.calibration.empty());
}

void store_ceilings(const nlohmann::json& document, const DoctorCommand& command) {
  const std::filesystem::path path =
      command.calibration.empty()
          ? default_calibration(document["environment"]["fingerprint"]["hash"].get<std::string>())
          : command.calibration;
  store_calibration(path, document);
  if (!command.quiet)
    std::fprintf(stderr, "calibration, for run and search: %s\n", display_path(path).c_str());
}

}  // namespace

int doctor_command(const DoctorCommand& command) {
  DoctorOptions options = command.options;
  if (options.noise && options.noise->generator.empty()) options.noise->generator = executable_path();
  if (options.ceilings && options.ceilings->generator.empty())
    options.ceilings->generator = executable_path();
  if (options.noise) check_generator(options.noise->generator);
  const std::vector<DoctorStep> steps = doctor_steps(options, interrupted);
  std::uint64_t expected_ns = 0;
  for (const DoctorStep& step : steps) expected_ns += step.expected_ns;
  if (!command.quiet)
    std::fprintf(stderr, "%zu steps, about %s\n", steps.size(), readable_wait(expected_ns).c_str());

  watch_interrupts();
  raise_open_file_limit();
  const DoctorReport report = examine(steps, interrupted, [&](std::size_t place) {
    if (!command.quiet)
      std::fprintf(stderr, "[%zu/%zu] %s\n", place + 1, steps.size(), steps[place].name.c_str());
  });

  const nlohmann::json document = to_json(report, environment_json());
  if (command.json)
    std::puts(json_text(document, 2).c_str());
  else
    std::fputs(to_text(report).c_str(), stdout);
  if (is_worth_storing(report, command)) store_ceilings(document, command);
  if (report.interrupted) {
    std::fputs("recvbench: interrupted\n", stderr);
    return exit_code::interrupted;
  }
  return report.fit() ? exit_code::ok : exit_code::invalid;
}

}  // namespace recvbench
