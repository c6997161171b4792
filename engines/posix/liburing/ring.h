// An io_uring and its registered buffers: liburing with owners for what it makes, and exceptions for what it
// answers.
#pragma once

#include <liburing.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace recvbench {

// What the kernel does with a ring's requests, and when.
enum class RingSetup {
  plain,          // no flags: it works on them whenever something happens, interrupting the thread for it
  defer_taskrun,  // SINGLE_ISSUER | DEFER_TASKRUN: only while the thread waits
  sqpoll,  // SQPOLL: in a kernel thread, which also looks for new entries; submitting is no system call
};

struct RingCompletion {
  std::uint64_t user_data = 0;
  int result = 0;      // of the operation; an error is a negative errno value
  unsigned flags = 0;  // IORING_CQE_F_*
};

// Used by one thread, the one that calls enable(); made and destroyed by any.
class Ring {
 public:
  // Throws std::system_error where this kernel does not have io_uring, or not with this setup; where locked
  // memory is short, after a second.
  explicit Ring(RingSetup setup);
  ~Ring() { io_uring_queue_exit(&ring_); }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Makes the calling thread the ring's. Before the first entry. Throws std::system_error.
  void enable();

  // A free entry, to be prepared (io_uring_prep_*) and given its user data (io_uring_sqe_set_data64); it goes
  // out with the next submit_and_wait(), or before where the queue is full. Throws std::system_error.
  io_uring_sqe& entry();

  // Submits the entries and waits until there are completions or a signal was handled. Where there are some
  // already it does not wait, nor enter the kernel for nothing. Throws std::system_error.
  void submit_and_wait();

  // Completions to take.
  unsigned ready() const { return io_uring_cq_ready(&ring_); }
  // The oldest one. Precondition: ready() > 0.
  RingCompletion take();

  io_uring& get() { return ring_; }

 private:
  int try_open(RingSetup setup);  // 0, or a negative errno value

  io_uring ring_{};
};

// Memory by the page, zeroed, and only made real when it is first touched.
class Pages {
 public:
  explicit Pages(std::size_t bytes);  // throws std::system_error
  ~Pages();
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  std::byte* data() const { return data_; }

 private:
  const std::size_t bytes_;
  std::byte* const data_;
};

// Buffers from which the kernel takes one whenever a receive has something to put into it: io_uring's
// "provided buffers", given to it through a ring in memory that both sides see. Once the receive has
// completed the buffer is the thread's until it is given back. Used by the ring's thread.
class ProvidedBuffers {
 public:
  // `group`: what requests of this ring name these buffers by, each of its own. `count`: 1 to 32768,
  // `bytes_each`: below 4 GiB. All of them belong to the kernel now. Throws std::system_error.
  ProvidedBuffers(Ring& ring, std::uint16_t group, unsigned count, std::size_t bytes_each);

  // Makes the kernel take a buffer of these for each completion of the request.
  void select_for(io_uring_sqe& entry) const {
    entry.flags |= IOSQE_BUFFER_SELECT;
    entry.buf_group = group_;
  }

  // What a completion with IORING_CQE_F_BUFFER received. Aligned for anything.
  std::span<std::byte> received(const RingCompletion& completion) const;
  // And its buffer given back; what received() returned is void.
  void give_back(const RingCompletion& completion) { provide(buffer_of(completion)); }

 private:
  static std::uint16_t buffer_of(const RingCompletion& completion) {
    return static_cast<std::uint16_t>(completion.flags >> IORING_CQE_BUFFER_SHIFT);
  }
  void provide(std::uint16_t buffer);
  std::byte* place_of(std::uint16_t buffer) const { return buffers_.data() + buffer * spacing_; }

  const std::uint16_t group_;
  const unsigned entries_;  // a power of 2
  const std::size_t bytes_each_;
  const std::size_t spacing_;  // from one to the next
  Pages buffers_;
  Pages ring_memory_;
  io_uring_buf_ring* const ring_;  // in ring_memory_
};

}  // namespace recvbench
