// The HdrHistogram V2 interval log (latency.hlog), as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "results/latency_recorder.h"

namespace recvbench {

// Comment, start time and legend lines. The start time is written in whole ms, so pass one of whole ms and
// the intervals relative to it keep their places.
std::string interval_log_header(std::int64_t start_unix_ns);

// One line an interval: tag, start relative to the log's start in s, length (1 s), greatest value in ms,
// histogram. `tag` must not contain a comma or white space. Throws std::runtime_error.
std::string interval_log_lines(std::string_view tag, std::int64_t first_interval_offset_ns,
                               const IntervalHistograms& intervals);

}  // namespace recvbench
