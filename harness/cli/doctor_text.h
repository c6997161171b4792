// The options of `doctor` as they are typed.
#pragma once

#include <string>
#include <vector>

#include "harness/cli/commands.h"

namespace recvbench {

struct DoctorText {
  std::string pairs, duration, load_threads, generator, calibration;
  std::vector<std::string> sizes;
  bool quick = false;
  bool calibrate = false;
  bool json = false;
  bool quiet = false;
};

// Checked and converted. Throws UsageError.
DoctorCommand doctor_command_from(const DoctorText& text);

}  // namespace recvbench
