#include "results/window_share.h"

#include <cmath>

namespace recvbench {

double standard_error_around(std::span<const WindowCount> windows, double expected) {
  const auto count = static_cast<double>(windows.size());
  double total = 0;
  for (const WindowCount& window : windows) total += window.total;
  const double mean_total = total / count;
  double sum = 0;
  for (const WindowCount& window : windows) {
    const double deviation = (window.at_most - expected * window.total) / mean_total;
    sum += deviation * deviation;
  }
  return std::sqrt(sum / (count * (count - 1)));
}

WindowShare share_at_most(std::span<const WindowCount> windows) {
  double total = 0;
  double at_most = 0;
  for (const WindowCount& window : windows) {
    total += window.total;
    at_most += window.at_most;
  }
  const double share = at_most / total;
  return {share, standard_error_around(windows, share)};
}

}  // namespace recvbench
