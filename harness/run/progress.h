// Lines that say how far a benchmark is. Pure text; the caller writes them to stderr.
#pragma once

#include <cstdint>
#include <string>

#include "harness/plan/plan.h"
#include "results/run_record.h"

namespace recvbench {

// "[7/160] iocp tcp sink 64B c=1000 10k/s p50=98.3 us p99=1.20 ms ETA 14m 03s"; an invalid run shows its
// reason instead of figures.
std::string finished_line(std::size_t done, std::size_t all, const RunRecord& record, std::uint64_t eta_ns);

// "72 runs (8 engines, 3 scenarios, 3 rounds), about 3m 07s"
std::string announcement(const Plan& plan, const RunOptions& options);

// Remaining time, from the mean time of finished runs.
class Eta {
 public:
  Eta(std::size_t runs, std::uint64_t planned_run_ns) : left_(runs), planned_run_ns_(planned_run_ns) {}
  void finished(std::uint64_t took_ns) noexcept;
  std::uint64_t left_ns() const noexcept;

 private:
  std::size_t left_;
  std::uint64_t planned_run_ns_;
  std::uint64_t finished_ = 0;
  std::uint64_t took_ns_ = 0;
};

}  // namespace recvbench
