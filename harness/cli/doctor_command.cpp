#include <cstdio>
#include <string>

#include "harness/cli/commands.h"
#include "harness/cli/exit_codes.h"
#include "harness/cli/generator_check.h"
#include "harness/doctor/doctor.h"
#include "harness/plan/units.h"
#include "platform/interrupt.h"
#include "platform/process.h"
#include "platform/system_info.h"
#include "results/environment.h"
#include "results/json_text.h"

namespace recvbench {

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

  if (command.json)
    std::puts(json_text(to_json(report, environment_json()), 2).c_str());
  else
    std::fputs(to_text(report).c_str(), stdout);
  if (report.interrupted) {
    std::fputs("recvbench: interrupted\n", stderr);
    return exit_code::interrupted;
  }
  return report.fit() ? exit_code::ok : exit_code::invalid;
}

}  // namespace recvbench
