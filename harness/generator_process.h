// The harness's end of one run's conversation with a load generator process (see loadgen/control.h).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "loadgen/control.h"
#include "platform/process.h"

namespace recvbench {

// How long the harness waits for each step of the conversation.
struct GeneratorLimits {
  // A native generator says hello within 50 ms here; under Wine's cold start 1 s was seen.
  std::chrono::milliseconds hello{10'000};
  // Strangers on the control port are dropped after this long, so that one cannot use up the time to say
  // hello.
  std::chrono::milliseconds stranger{1'000};
  std::chrono::milliseconds connect{20'000};
  std::chrono::milliseconds go{5'000};
  std::chrono::milliseconds silence{5'000};  // without even an "alive"
  std::chrono::milliseconds exit{3'000};
};

// Every step is bounded and throws ControlError with one line where the generator is missing, late, silent,
// of another version, or gone, or cannot be started. Destroying the object ends the generator.
class GeneratorProcess {
 public:
  // Starts `program load --connect 127.0.0.1:<port>`; waits for its hello.
  explicit GeneratorProcess(const std::filesystem::path& program, const GeneratorLimits& limits = {});
  ~GeneratorProcess();

  const std::string& version() const { return version_; }
  const std::string& platform() const { return platform_; }

  // Returns once every connection is made and has greeted.
  void connect(const LoadPlan& plan);
  struct Window {
    std::uint64_t begin_ns;
    std::uint64_t end_ns;
  };
  // Starts the load; the window lies ahead of the caller's next steps unless this process is held up, and is
  // the plan's: a window of another clock's would let the caller wait for years.
  Window go();
  // Throws where the generator has gone; otherwise returns at once.
  void check_alive();
  LoadResult result(std::chrono::milliseconds limit);
  // Lets the generator end in peace.
  void finish() noexcept;

 private:
  nlohmann::json receive(const char* expected, std::chrono::milliseconds limit);

  GeneratorLimits limits_;
  std::uint64_t warmup_ns_ = 0;  // of the plan
  std::uint64_t duration_ns_ = 0;
  std::optional<ChildProcess> child_;
  std::unique_ptr<ControlChannel> channel_;
  std::string version_;
  std::string platform_;
};

}  // namespace recvbench
