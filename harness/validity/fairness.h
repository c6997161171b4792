// How evenly a run served its connections. Pure.
//
// Jain's index must not take an uneven load for an unfair receiver. Where the receiver decides what is sent,
// it is taken over the messages that each connection received. Where the schedule does (mode open), or nobody
// waits (a UDP sink in mode max), it is taken over the share of what was sent on each that was received:
// bursts, random and recorded arrivals may load connections as they like, and a TCP stream that lost nothing
// has an index of 1. What an open loop shows of fairness is then the p99 of its connections.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "results/connection_tallies.h"
#include "results/run_record.h"

namespace recvbench {

// (sum x)^2 / (n sum x^2): 1 where all `shares` (>= 0) are the same, 1/n where one has everything. Empty
// where there are none, or all are 0.
std::optional<double> jain_index(std::span<const double> shares);

// `received`, with what `sent` says was sent on the same connections; 0 where it does not say.
std::vector<ConnectionFigures> with_sent(std::vector<ConnectionFigures> received,
                                         std::span<const ConnectionFigures> sent);

// `figures`: of the connections that were looked at, one each. Empty where that is fewer than two.
std::optional<FairnessRecord> assess_fairness(const ScenarioRecord& scenario,
                                              std::span<const ConnectionFigures> figures);

}  // namespace recvbench
