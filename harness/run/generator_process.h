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

// Every step is bounded and throws ControlError with one line where the generator is missing, late, silent,
// of another version, or gone, or cannot be started. Destroying the object ends the generator.
class GeneratorProcess {
 public:
  // Starts `program load --connect 127.0.0.1:<port>`; waits for its hello.
  explicit GeneratorProcess(const std::filesystem::path& program);
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

  std::uint64_t warmup_ns_ = 0;  // of the plan
  std::uint64_t duration_ns_ = 0;
  std::optional<ChildProcess> child_;
  std::unique_ptr<ControlChannel> channel_;
  std::string version_;
  std::string platform_;
};

}  // namespace recvbench
