// Sums of engine counters; an engine's settings by name; what engines need not do.
#include "engines/engine.h"

#include <algorithm>

namespace recvbench {

EngineCounters& EngineCounters::operator+=(const EngineCounters& other) {
  receive_calls += other.receive_calls;
  wait_calls += other.wait_calls;
  wakeups += other.wakeups;
  completions += other.completions;
  // Zero means that there was none: it is no minimum.
  if (completions_per_wakeup_min == 0) {
    completions_per_wakeup_min = other.completions_per_wakeup_min;
  } else if (other.completions_per_wakeup_min != 0) {
    completions_per_wakeup_min = std::min(completions_per_wakeup_min, other.completions_per_wakeup_min);
  }
  completions_per_wakeup_max = std::max(completions_per_wakeup_max, other.completions_per_wakeup_max);
  return *this;
}

void ReceiveEngine::accept_from(Socket, Admission&) {
  throw_error(std::make_error_code(std::errc::not_supported), "accept_from",
              "an engine that does not accept connections itself");
}

const Setting* EngineDescriptor::find_setting(std::string_view setting) const {
  const auto found =
      std::find_if(settings.begin(), settings.end(), [&](const Setting& one) { return one.name == setting; });
  return found == settings.end() ? nullptr : &*found;
}

}  // namespace recvbench
