// How large a share of a run's messages is at most some value, and how sure that is. Messages of one run are
// no independent samples (what holds up one holds up the next), so the error comes from the spread between
// windows of one second, not from the number of messages. Pure.
#pragma once

#include <span>

namespace recvbench {

// Of one window.
struct WindowCount {
  double total = 0;
  double at_most = 0;  // of them, the ones that are at most the value
};

struct WindowShare {
  double share = 0;
  double standard_error = 0;
};

// At least two windows, and at least one message in all of them. A window without messages counts as one.
WindowShare share_at_most(std::span<const WindowCount> windows);

// The standard error of the share around `expected` instead of around the windows' own.
double standard_error_around(std::span<const WindowCount> windows, double expected);

}  // namespace recvbench
