// The self-checks that make a run valid or not. Pure: figures in, reasons out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/run_record.h"

namespace recvbench {

// What the checks need beyond the record.
struct RunEvidence {
  std::uint64_t negative_latencies = 0;
  std::uint64_t out_of_range = 0;
  std::uint64_t duplicated = 0;  // TCP: of those out of sequence at the receiver, came again
  std::uint64_t reordered = 0;   // TCP: of them, came after a later one
  std::uint64_t opened = 0;      // connections, by the generator
  std::uint64_t greeted = 0;
  std::uint64_t closed = 0;
  std::uint64_t window_due = 0;         // mode open: messages that fell due in the window
  double mean_gap_ns = 0;               // between its sends; 0 where it has no schedule
  std::vector<double> gaps;             // Poisson, as LoadResult's
  std::uint64_t generator_corrupt = 0;  // replies
  std::uint64_t generator_out_of_sequence = 0;
  std::uint64_t generator_connection_errors = 0;
  std::string generator_error;                        // first connection error at the generator
  std::string receiver_error;                         // first connection error at the receiver
  std::optional<std::uint64_t> asked_receive_buffer;  // SO_RCVBUF; empty = left to the system
  std::uint32_t datagram_sockets = 0;                 // UDP: that were received from
  double clock_resolution_ns = 0;                     // of now_ns(); 0 = not known
  bool optimised_build = true;
  std::uint64_t recommended_warmup_ns = 0;
};

// Sets valid, reasons and warnings from the record's figures. Reasons that are there already (a run that
// failed) stay.
void judge(RunRecord& record, const RunEvidence& evidence);

// CPU time per message, or empty where cpu_ns is less than the system's CPU clock can measure (`least_ns`,
// see least_cpu_time_ns()) or nothing was received.
std::optional<double> cpu_per_message(std::uint64_t cpu_ns, std::uint64_t least_ns, std::uint64_t messages);

}  // namespace recvbench
