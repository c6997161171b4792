// Child processes by posix_spawn.
#include "platform/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "platform/clock.h"
#include "platform/deadline.h"
#include "platform/error.h"

namespace recvbench {
namespace {

void check(int failure, const char* call, const std::filesystem::path& program) {
  if (failure != 0) throw_error(socket_error(failure), call, program.string());
}

// A daemon or CI agent that ignores SIGCHLD hands that down: its children's ends would not be told.
void make_children_waitable() {
  struct sigaction action {};
  if (sigaction(SIGCHLD, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) {
    action.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &action, nullptr);
  }
}

// posix_spawn's settings: stdin from /dev/null, stdout and stderr ours, no other descriptor (a stream's is
// not closed on exec), default signal handling.
class SpawnSettings {
 public:
  explicit SpawnSettings(const std::filesystem::path& program) {
    check(posix_spawn_file_actions_init(&actions_), "posix_spawn_file_actions_init", program);
    check(posix_spawnattr_init(&attributes_), "posix_spawnattr_init", program);
    check(posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0),
          "posix_spawn_file_actions_addopen", program);
    check(posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1),
          "posix_spawn_file_actions_addclosefrom_np", program);
    // A signal that this process ignores or blocks would stay ignored or blocked in the child.
    sigset_t none;
    sigemptyset(&none);
    sigset_t standard;
    sigemptyset(&standard);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGHUP}) sigaddset(&standard, signal);
    check(posix_spawnattr_setsigmask(&attributes_, &none), "posix_spawnattr_setsigmask", program);
    check(posix_spawnattr_setsigdefault(&attributes_, &standard), "posix_spawnattr_setsigdefault", program);
    check(posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF),
          "posix_spawnattr_setflags", program);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

struct ChildProcess::State {
  pid_t pid;
  std::optional<int> exit_code;  // set once the child has been reaped: its id may then be another process's
};

ChildProcess::ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  const std::string name = program.string();
  std::vector<char*> argv{const_cast<char*>(name.c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const SpawnSettings settings(program);
  make_children_waitable();
  pid_t pid = 0;
  // Reports a failed exec as well. Not posix_spawnp: a path is a path.
  check(posix_spawn(&pid, name.c_str(), settings.actions(), settings.attributes(), argv.data(), environ),
        "posix_spawn", program);
  state_ = std::make_unique<State>(State{pid, {}});
}

ChildProcess::~ChildProcess() {
  terminate();
}
ChildProcess::ChildProcess(ChildProcess&&) noexcept = default;
ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  // The old state goes with the temporary.
  ChildProcess(std::move(other)).state_.swap(state_);
  return *this;
}

bool ChildProcess::can_wait() const {
  return state_ != nullptr;
}

std::optional<int> ChildProcess::poll_exit() {
  if (!state_) return {};
  if (state_->exit_code) return state_->exit_code;
  int status = 0;
  const pid_t ended = waitpid(state_->pid, &status, WNOHANG);
  if (ended < 0 && errno != EINTR) throw_error(last_system_error(), "waitpid", std::to_string(state_->pid));
  if (ended > 0) state_->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return state_->exit_code;
}

std::optional<int> ChildProcess::wait_exit(std::chrono::milliseconds limit) {
  // Asks every millisecond: a wait with a limit needs SIGCHLD or a pidfd (Linux 5.3) otherwise.
  const Deadline deadline(limit);
  for (;;) {
    const std::optional<int> code = poll_exit();
    if (code || !state_ || deadline.passed()) return code;
    sleep_until_ns(now_ns() + 1'000'000);
  }
}

void ChildProcess::terminate() noexcept {
  if (!state_ || state_->exit_code) return;
  // SIGKILL cannot be refused, so that the wait is short. Not reaped before, so the id is still this child's.
  kill(state_->pid, SIGKILL);
  int status = 0;
  while (waitpid(state_->pid, &status, 0) < 0) {
    if (errno != EINTR) return;
  }
  state_->exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::filesystem::path executable_path() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

std::uint64_t process_id() noexcept {
  return static_cast<std::uint64_t>(getpid());
}

}  // namespace recvbench
