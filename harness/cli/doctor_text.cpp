#include "harness/cli/doctor_text.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "harness/plan/option_values.h"
#include "harness/plan/usage_error.h"
#include "platform/datagram.h"

namespace recvbench {

namespace {

// The ceilings are those of TCP and UDP.
std::uint32_t datagram_size_from(const std::string& option, const std::string& text) {
  const std::uint32_t size = message_size_from(option, text);
  if (size > most_datagram_bytes)
    refuse(option, text, "at most " + std::to_string(most_datagram_bytes) + " bytes, which a datagram holds");
  return size;
}

}  // namespace

DoctorCommand doctor_command_from(const DoctorText& text) {
  if (text.quick && text.calibrate) throw UsageError("--quick with --calibrate: --quick does no runs");
  for (const auto& [option, value] :
       {std::pair{"--pairs", &text.pairs}, std::pair{"--duration", &text.duration}})
    if (text.quick && !value->empty())
      throw UsageError(std::string("--quick with ") + option + " " + *value + ": --quick does no runs");
  if (!text.calibrate && !text.load_threads.empty())
    throw UsageError("--load-threads " + text.load_threads +
                     " without --calibrate: only its ceilings use them");
  if (!text.calibrate && !text.sizes.empty())
    throw UsageError("--size " + text.sizes.front() + " without --calibrate: only its ceilings use it");
  if (!text.calibrate && !text.calibration.empty())
    throw UsageError("--calibration " + text.calibration + " without --calibrate: there is nothing to store");
  DoctorCommand command;
  command.calibration = text.calibration;
  command.json = text.json;
  command.quiet = text.quiet;
  if (text.quick) return command;
  NoisePlan noise;
  if (text.calibrate) {
    noise.pairs = 24;
    noise.duration_ns = 2'000'000'000;
  }
  if (!text.pairs.empty())
    noise.pairs = static_cast<std::size_t>(whole_from("--pairs", text.pairs, least_noise_pairs, 1'000));
  if (!text.duration.empty()) noise.duration_ns = duration_from("--duration", text.duration, 1'000'000);
  noise.generator = text.generator;
  if (text.calibrate) {
    CeilingPlan ceilings;
    ceilings.duration_ns = noise.duration_ns;
    ceilings.generator = noise.generator;
    if (!text.load_threads.empty())
      ceilings.load_threads = static_cast<int>(whole_from("--load-threads", text.load_threads, 1, 1024));
    if (!text.sizes.empty()) ceilings.sizes.clear();
    for (const std::string& text_of_one : text.sizes) {
      const std::uint32_t size = datagram_size_from("--size", text_of_one);
      if (std::find(ceilings.sizes.begin(), ceilings.sizes.end(), size) == ceilings.sizes.end())
        ceilings.sizes.push_back(size);
    }
    command.options.ceilings = std::move(ceilings);
  }
  command.options.noise = std::move(noise);
  return command;
}

}  // namespace recvbench
