// Shows how far a benchmark is, on stderr.
#pragma once

#include <string>

#include "harness/cli/commands.h"

namespace recvbench {

// One rewritten line on a terminal, else one plain line a run: logs of CI jobs keep no carriage returns.
// Leaves the cursor at the begin of a line. Single-threaded.
class ProgressDisplay {
 public:
  // `automatic` becomes what fits where stderr goes.
  explicit ProgressDisplay(ProgressStyle style);
  ~ProgressDisplay() { end_line(); }
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  void show(const std::string& line);
  void end_line();

 private:
  ProgressStyle style_;
  bool open_ = false;
};

}  // namespace recvbench
