// Starting and watching a child process: the load generator.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace recvbench {

// A child that inherits stdout and stderr, nothing else. Destroying it terminates the child where that is
// possible.
//
// Under Wine a Linux program can be started, but the system gives no handle to it: can_wait() is false, and
// the child must be watched over its control connection and end by itself when that closes.
class ChildProcess {
 public:
  // Throws std::system_error naming the program where it cannot be started.
  ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments);
  ~ChildProcess();
  ChildProcess(ChildProcess&&) noexcept;
  ChildProcess& operator=(ChildProcess&&) noexcept;

  bool can_wait() const;
  // Exit code once the child has ended (128 + signal where a signal ended it); empty while it runs or cannot
  // be waited for.
  std::optional<int> poll_exit();
  // Waits at most `limit`.
  std::optional<int> wait_exit(std::chrono::milliseconds limit);
  void terminate() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Path of the running executable, and this process's id.
std::filesystem::path executable_path();
std::uint64_t process_id() noexcept;

}  // namespace recvbench
