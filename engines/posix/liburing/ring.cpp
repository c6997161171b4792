// liburing's answers as errors with names.
#include "engines/posix/liburing/ring.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <bit>
#include <cerrno>
#include <chrono>
#include <string>
#include <thread>

#include "platform/error.h"

namespace recvbench {
namespace {

// SQEs of 64 bytes and CQEs of 16: 84 KiB with the rest. More entries at once than there is room for cost a
// call each time the queue is full. More completions cost the kernel an allocation each, and end the
// multishot receive they belong to.
constexpr unsigned submission_entries = 256;
constexpr unsigned completion_entries = 4096;

// How long SQPOLL's thread looks for new entries in vain before it sleeps. A busy ring never is without one
// for so long, and an idle one is not to take a processor: the kernel's own default is a second.
constexpr unsigned sqpoll_idle_ms = 10;

// How long to wait for locked memory. A ring is charged to RLIMIT_MEMLOCK, and what a closed one was charged
// is given back by a kernel worker some milliseconds later.
constexpr std::chrono::seconds memory_patience{1};

struct SetupFlags {
  unsigned flags;
  const char* name;
};

SetupFlags flags_of(RingSetup setup) {
  switch (setup) {
    case RingSetup::defer_taskrun:
      return {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, "SINGLE_ISSUER | DEFER_TASKRUN"};
    case RingSetup::sqpoll:
      return {IORING_SETUP_SQPOLL, "SQPOLL"};
    case RingSetup::plain:
      break;
  }
  return {0, "default"};
}

[[noreturn]] void throw_result(int result, std::string_view call, std::string_view object = {}) {
  throw_error(socket_error(-result), call, object);
}

std::string locked_memory_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return "unlimited";
  return std::to_string(limit.rlim_cur) + " bytes";
}

}  // namespace

Ring::Ring(RingSetup setup) {
  const auto deadline = std::chrono::steady_clock::now() + memory_patience;
  int result = try_open(setup);
  while (result == -ENOMEM && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    result = try_open(setup);
  }
  std::string object = flags_of(setup).name;
  if (result == -ENOMEM) object += ", RLIMIT_MEMLOCK " + locked_memory_limit();
  if (result != 0) throw_result(result, "io_uring_setup", object);
}

int Ring::try_open(RingSetup setup) {
  io_uring_params params{};
  // Disabled until the thread that will use it enables it: SINGLE_ISSUER means the one that does.
  params.flags = flags_of(setup).flags | IORING_SETUP_CQSIZE | IORING_SETUP_R_DISABLED;
  params.cq_entries = completion_entries;
  params.sq_thread_idle = sqpoll_idle_ms;
  return io_uring_queue_init_params(submission_entries, &ring_, &params);
}

void Ring::enable() {
  // io_uring_enable_rings is missing from the shared library of liburing 2.3.
  const int result =
      io_uring_register(static_cast<unsigned>(ring_.ring_fd), IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
  if (result < 0) throw_result(result, "io_uring_register", "ENABLE_RINGS");
}

io_uring_sqe& Ring::entry() {
  if (io_uring_sqe* const free = io_uring_get_sqe(&ring_)) return *free;
  const int result = io_uring_submit(&ring_);
  io_uring_sqring_wait(&ring_);  // with SQPOLL, until its thread has taken some; else nothing
  if (io_uring_sqe* const free = io_uring_get_sqe(&ring_)) return *free;
  throw_result(result < 0 ? result : -EBUSY, "io_uring_enter", "a full submission queue");
}

void Ring::submit_and_wait() {
  const int result = io_uring_submit_and_wait(&ring_, ready() > 0 ? 0 : 1);
  if (result >= 0 || result == -EINTR) return;
  // There is no room in the completion queue for those that the kernel has kept back, or no memory for
  // further requests (io_uring_enter(2)): both are better once completions have been taken.
  if ((result == -EBUSY || result == -EAGAIN) && ready() > 0) return;
  throw_result(result, "io_uring_enter");
}

RingCompletion Ring::take() {
  io_uring_cqe* entry = nullptr;
  io_uring_peek_cqe(&ring_, &entry);
  const RingCompletion completion{entry->user_data, entry->res, entry->flags};
  io_uring_cqe_seen(&ring_, entry);
  return completion;
}

Pages::Pages(std::size_t bytes)
    : bytes_(bytes),
      data_(static_cast<std::byte*>(
          ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
  if (static_cast<void*>(data_) == MAP_FAILED) {
    throw_error(last_system_error(), "mmap", std::to_string(bytes) + " bytes");
  }
}

Pages::~Pages() {
  ::munmap(data_, bytes_);
}

ProvidedBuffers::ProvidedBuffers(Ring& ring, std::uint16_t group, unsigned count, std::size_t bytes_each)
    : group_(group),
      entries_(std::bit_ceil(count)),
      bytes_each_(bytes_each),
      spacing_((bytes_each + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) *
               alignof(std::max_align_t)),
      buffers_(count * spacing_),
      ring_memory_(entries_ * sizeof(io_uring_buf)),
      ring_(reinterpret_cast<io_uring_buf_ring*>(ring_memory_.data())) {
  io_uring_buf_reg registration{};
  registration.ring_addr = reinterpret_cast<std::uintptr_t>(ring_memory_.data());
  registration.ring_entries = entries_;
  registration.bgid = group_;
  if (const int result = io_uring_register_buf_ring(&ring.get(), &registration, 0)) {
    throw_result(result, "io_uring_register", "PBUF_RING");
  }
  io_uring_buf_ring_init(ring_);
  for (unsigned buffer = 0; buffer < count; ++buffer) provide(static_cast<std::uint16_t>(buffer));
}

std::span<std::byte> ProvidedBuffers::received(const RingCompletion& completion) const {
  return {place_of(buffer_of(completion)), static_cast<std::size_t>(completion.result)};
}

void ProvidedBuffers::provide(std::uint16_t buffer) {
  io_uring_buf_ring_add(ring_, place_of(buffer), static_cast<unsigned>(bytes_each_), buffer,
                        io_uring_buf_ring_mask(entries_), 0);
  io_uring_buf_ring_advance(ring_, 1);
}

}  // namespace recvbench
