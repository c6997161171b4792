#include "results/window_sums.h"

#include <algorithm>
#include <new>

namespace recvbench {

void add_windows(WindowSeries& to, const WindowSeries& from) {
  if (to.size() < from.size()) to.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    to[i].count += from[i].count;
    to[i].sum += from[i].sum;
  }
}

void WindowSums::select(std::uint64_t at_ns) noexcept {
  const std::uint64_t since = at_ns < start_ns_ ? 0 : at_ns - start_ns_;
  const auto index = static_cast<std::size_t>(std::min<std::uint64_t>(since / window_ns, most_windows - 1));
  if (index >= windows_.size()) {
    try {
      windows_.resize(index + 1);
    } catch (const std::bad_alloc&) {
      return;  // nothing is lost: it is counted in the window before
    }
  }
  current_ = index;
  begin_ns_ = start_ns_ + index * window_ns;
}

}  // namespace recvbench
