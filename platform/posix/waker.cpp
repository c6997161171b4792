// A waker by eventfd.
#include "platform/waker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "platform/error.h"

namespace recvbench {

Waker::Waker() : native_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (native_ < 0) throw_error(last_system_error(), "eventfd");
}

Waker::~Waker() {
  close(native_);
}

void Waker::signal() noexcept {
  // Fails only with EAGAIN, at 2^64 - 2 signals not yet cleared: it is readable then as well.
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(native_, &one, sizeof one);
}

void Waker::clear() noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto bytes = read(native_, &count, sizeof count);
}

}  // namespace recvbench
