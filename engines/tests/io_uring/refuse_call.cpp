// Refusal by a seccomp filter, which belongs to one thread.
#include "engines/tests/io_uring/refuse_call.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <cstddef>
#include <span>

#include "platform/error.h"

namespace recvbench {
namespace {

constexpr std::uint16_t load = BPF_LD | BPF_W | BPF_ABS;
constexpr std::uint16_t jump_if_equal = BPF_JMP | BPF_JEQ | BPF_K;
constexpr std::uint16_t answer = BPF_RET | BPF_K;

// On a little-endian machine the low half of a 64-bit argument comes first.
constexpr std::uint32_t second_argument = offsetof(seccomp_data, args) + sizeof(std::uint64_t);

void install(std::span<sock_filter> program) {
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  // Without it only root may install a filter.
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    throw_error(last_system_error(), "prctl", "PR_SET_NO_NEW_PRIVS");
  }
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    throw_error(last_system_error(), "prctl", "PR_SET_SECCOMP");
  }
}

}  // namespace

void refuse_call(std::uint32_t number, std::uint32_t second, std::uint32_t error) {
  sock_filter program[] = {
      {load, 0, 0, offsetof(seccomp_data, nr)},
      {jump_if_equal, 0, 3, number},
      {load, 0, 0, second_argument},
      {jump_if_equal, 0, 1, second},
      {answer, 0, 0, SECCOMP_RET_ERRNO | error},
      {answer, 0, 0, SECCOMP_RET_ALLOW},
  };
  install(program);
}

void refuse_call(std::uint32_t number, std::uint32_t error) {
  sock_filter program[] = {
      {load, 0, 0, offsetof(seccomp_data, nr)},
      {jump_if_equal, 0, 1, number},
      {answer, 0, 0, SECCOMP_RET_ERRNO | error},
      {answer, 0, 0, SECCOMP_RET_ALLOW},
  };
  install(program);
}

}  // namespace recvbench
