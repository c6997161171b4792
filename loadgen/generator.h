// The load generator process: `recvbench load`.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "loadgen/load_plan.h"

namespace recvbench {

struct GeneratorOptions {
  std::string control_host = "127.0.0.1";
  std::uint16_t control_port = 0;
  std::string token;  // shared secret of the harness; empty on loopback
};

// Connects to the harness, does one run, returns the process's exit code (harness/cli/exit_codes.h: 0, or 13
// where the run failed, with one line on stderr). Ends by itself within seconds once the control connection
// closes: under Wine nobody can kill it.
int run_generator(const GeneratorOptions& options);

// The part without a control connection: connects and greets in the constructor, sends in run(). For tests
// and benchmarks too.
class LoadGenerator {
 public:
  // Makes every connection and sends its greeting. Throws std::system_error naming call and address; also
  // where `give_up` (optional) becomes true meanwhile.
  explicit LoadGenerator(const LoadPlan& plan, const std::atomic<bool>* give_up = nullptr);
  ~LoadGenerator();

  struct Window {
    std::uint64_t begin_ns;  // intended times on this host's now_ns()
    std::uint64_t end_ns;
  };
  // Fixes the schedule's first intended time a moment ahead and starts the threads.
  Window start();
  // Waits for the window and the drain to end, closes every connection gracefully, and returns what happened.
  // Blocks at most warmup + duration + drain + 1 s.
  LoadResult finish();
  // Asks the threads to end at once (the harness has gone); finish() then returns early.
  void cancel() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace recvbench
