// An arrival as --arrival says it, and recorded arrival files.
#pragma once

#include <istream>
#include <optional>
#include <string>

#include "loadgen/arrival_pattern.h"

namespace recvbench {

struct ArrivalChoice {
  std::string text;  // as typed
  ArrivalPattern pattern;
  std::optional<double> burst_rate_per_s{};  // of a burst with a gap, which says the rate

  bool operator==(const ArrivalChoice&) const = default;
  // --rate would contradict it.
  bool says_rate() const;
};

// "constant", "poisson", "burst:32", "burst:32:10ms" (from one burst to the next), "ramp:1k:10k",
// "step:1k:5k:1k", or the path of a recorded arrival file, which is read. Throws UsageError with one line.
ArrivalChoice arrival_from(const std::string& option, const std::string& text);

// One message a line, in the order of time: its time from the begin of the load, in ns or with a unit
// ("1.5ms"), and optionally the number of its connection, from 0; "#" begins a comment. Throws UsageError
// with the line's number.
Recording read_recording(std::istream& file, const std::string& name);

}  // namespace recvbench
