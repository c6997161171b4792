#include "harness/cli/doctor_text.h"

#include <utility>

#include "harness/option_values.h"
#include "harness/usage_error.h"

namespace recvbench {

DoctorCommand doctor_command_from(const DoctorText& text) {
  for (const auto& [option, value] : {std::pair{"--pairs", &text.pairs}, {"--duration", &text.duration}})
    if (text.quick && !value->empty())
      throw UsageError(std::string("--quick with ") + option + " " + *value + ": --quick does no runs");
  DoctorCommand command;
  command.json = text.json;
  command.quiet = text.quiet;
  if (text.quick) return command;
  NoisePlan noise;
  if (!text.pairs.empty())
    noise.pairs = static_cast<std::size_t>(whole_from("--pairs", text.pairs, least_noise_pairs, 1'000));
  if (!text.duration.empty()) noise.duration_ns = duration_from("--duration", text.duration, 1'000'000);
  noise.generator = text.generator;
  command.options.noise = std::move(noise);
  return command;
}

}  // namespace recvbench
