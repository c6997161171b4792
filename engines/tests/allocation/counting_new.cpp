// operator new and delete on malloc. The array and nothrow forms call these; the aligned ones are the
// library's own and not counted.
#include "engines/tests/allocation/counting_new.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace recvbench {
namespace {

thread_local bool watched = false;
std::atomic<bool> counting{false};
std::atomic<std::uint64_t> counted{0};

}  // namespace

void watch_this_thread() {
  watched = true;
}

void count_allocations(bool on) {
  if (on) counted = 0;
  counting = on;
}

std::uint64_t allocations_counted() {
  return counted;
}

void* allocate(std::size_t size) {
  if (watched && counting) ++counted;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

}  // namespace recvbench

void* operator new(std::size_t size) {
  return recvbench::allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
