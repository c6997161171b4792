// recvmsg through a ring: where the kernel puts a datagram, and what it says of it. IORING_OP_RECV brings a
// datagram's bytes too, but neither its source nor whether it was cut off.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "engines/engine.h"
#include "engines/posix/liburing/ring.h"

namespace recvbench {

// One request, many datagrams, in provided buffers. Each of these begins with what is said of the datagram
// (io_uring_recvmsg_out), then has its source and last its bytes. Used by the ring's thread; must outlive the
// requests that it has prepared.
class DatagramBuffers {
 public:
  // As ProvidedBuffers; `bytes_each`: for the bytes of a datagram. Throws std::system_error.
  DatagramBuffers(Ring& ring, std::uint16_t group, unsigned count, std::size_t bytes_each);
  DatagramBuffers(const DatagramBuffers&) = delete;
  DatagramBuffers& operator=(const DatagramBuffers&) = delete;

  void prepare(io_uring_sqe& entry, NativeSocket socket);

  // What a completion with IORING_CQE_F_BUFFER and without an error received. Throws std::system_error where
  // the kernel has said nothing of it.
  Datagram received(const RingCompletion& completion);
  // And its buffer given back; what received() returned is void.
  void give_back(const RingCompletion& completion) { buffers_.give_back(completion); }

 private:
  msghdr layout_{};  // of each buffer: the room for the source, and none for control data
  ProvidedBuffers buffers_;
};

// One request, one datagram, in a buffer of the caller's. Both must outlive the request.
class DatagramMessage {
 public:
  explicit DatagramMessage(std::span<std::byte> buffer);
  DatagramMessage(const DatagramMessage&) = delete;
  DatagramMessage& operator=(const DatagramMessage&) = delete;

  void prepare(io_uring_sqe& entry, NativeSocket socket);

  // What a completion without an error received; valid until the next prepare().
  Datagram received(const RingCompletion& completion) const;

 private:
  iovec piece_;
  SourceAddress source_;
  msghdr message_{};
};

}  // namespace recvbench
