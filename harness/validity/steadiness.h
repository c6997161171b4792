// Whether the measured window of a run was one steady state. Pure: series in, figures and findings out.
//
// Three questions, as simulation practice asks them, to the run's response times and its throughput:
//   MSER-5        does it settle in the first half of the window? (250 ms windows, batched by five)
//   split halves  is the p99 of the second half that of the first?
//   trend         does the least-squares line through the batches rise or fall?
//
// Each finding needs two things: an effect large enough to matter (below) and one that stands out from the
// series' own scatter, at 0.2 % a question, so that the five questions together call 1 % of all steady runs
// unsteady. The effect alone is no ground. In the simulation of steadiness_test.cpp, 20 s of steady latencies
// whose mean wanders from one 250 ms to the next by 10 % | 30 % | 60 %, the slope is past 5 % of the mean in
// 47 % | 81 % | 91 % of all runs, the p99 of the halves differ by more than 10 % and 20 us in 2 % | 49 % | 78
// %, and MSER's cut lies at its cap in 4 % to 5 %: so judged, most runs of a busy machine would be unsteady,
// which says nothing of them. With the second condition it is 0.7 % of all three, and a rise by a fifth, a
// step by a half or a warm-up that was too short are still found on a quiet machine, and a doubling on a busy
// one. A stall or two in one half is no unsteadiness: it is in the p99.9 and in the maximum.
//
// What is steady and disturbed all the time alike (another program that keeps a CPU busy) is not found here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/latency_recorder.h"
#include "results/run_record.h"
#include "results/window_sums.h"

namespace recvbench {

// The effects that matter: those the regression gate asks about (its min_effect).
inline constexpr double most_drift_share = 0.05;
inline constexpr double most_p99_share = 0.10;  // and, both,
inline constexpr std::int64_t most_p99_ns = 20'000;

// False where the load itself is to change while it is measured.
bool should_be_steady(const ScenarioRecord& scenario);

// `latency`: response times; `received`: messages by the time they were received; both from the window's
// begin. `response`: the same response times by second. What lies past the window's end is left out.
SteadinessRecord assess_steadiness(const WindowSeries& latency, const WindowSeries& received,
                                   const IntervalHistograms& response, std::uint64_t duration_ns);

// What is not steady, a line each; empty where nothing was found.
std::vector<std::string> unsteady_findings(const SteadinessRecord& steadiness);
// Why it could not be judged in full; empty where it could.
std::string why_unknown(const SteadinessRecord& steadiness);

}  // namespace recvbench
