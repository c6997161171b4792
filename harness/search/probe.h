// One probe of a search: how long it has to be, and what its record says. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "harness/search/rate_search.h"
#include "harness/search/slo.h"
#include "results/run_record.h"

namespace recvbench {

// How long the measured window of a probe is.
struct ProbeLength {
  // Empty = 10 s, and long enough for 100 messages beyond the SLO's percentile. Given = this long, and long
  // enough for the percentile to be stated at all.
  std::optional<std::uint64_t> shortened_ns;

  // Not bounded: the caller refuses what is longer than a run may be.
  std::uint64_t window_ns(const Probe& probe, const Slo& slo) const;
};

// What a probe's run says of the receiver at its rate.
ProbeOutcome outcome_of(const RunRecord& record, const Slo& slo);

// The most time that a search of one cell takes; `overhead_ns` is what a probe takes besides its window.
std::uint64_t most_search_ns(const SearchRange& range, const ProbeLength& length, const Slo& slo,
                             std::uint64_t overhead_ns);

}  // namespace recvbench
