// Thread name and placement by pthreads.
#include "platform/thread.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "platform/error.h"

namespace recvbench {

void set_thread_name(const std::string& name) noexcept {
  constexpr std::size_t longest = 15;  // the kernel keeps 16 bytes with the final zero and refuses more
  char text[longest + 1] = {};
  name.copy(text, longest);
  pthread_setname_np(pthread_self(), text);
}

std::error_code pin_current_thread(int cpu) noexcept {
  if (cpu < 0 || cpu >= CPU_SETSIZE) return socket_error(EINVAL);
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  const int failure = pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  return failure == 0 ? std::error_code{} : socket_error(failure);
}

std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  // The main thread's mask is the process's as others started it; the calling thread may have been pinned
  // since.
  const pid_t whole_process = getpid();
  if (sched_getaffinity(whole_process, sizeof set, &set) != 0)
    throw_error(last_system_error(), "sched_getaffinity");
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) cpus.push_back(cpu);
  }
  return cpus;
}

std::uint64_t thread_cpu_ns() noexcept {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace recvbench
