// Requests for datagrams, and what their completions say.
#include "engines/posix/liburing/ring_datagrams.h"

#include <algorithm>
#include <string>
#include <system_error>

#include "platform/error.h"

namespace recvbench {

DatagramBuffers::DatagramBuffers(Ring& ring, std::uint16_t group, unsigned count, std::size_t bytes_each)
    : buffers_(ring, group, count,
               sizeof(io_uring_recvmsg_out) + sizeof(SourceAddress::storage) + bytes_each) {
  layout_.msg_namelen = sizeof(SourceAddress::storage);
}

void DatagramBuffers::prepare(io_uring_sqe& entry, NativeSocket socket) {
  io_uring_prep_recvmsg_multishot(&entry, socket, &layout_, 0);
  buffers_.select_for(entry);
}

Datagram DatagramBuffers::received(const RingCompletion& completion) {
  io_uring_recvmsg_out* const said =
      io_uring_recvmsg_validate(buffers_.received(completion).data(), completion.result, &layout_);
  if (said == nullptr) {
    throw_error(std::make_error_code(std::errc::bad_message), "IORING_OP_RECVMSG",
                "a completion of " + std::to_string(completion.result) + " bytes");
  }
  Datagram datagram;
  datagram.bytes = {static_cast<const std::byte*>(io_uring_recvmsg_payload(said, &layout_)),
                    io_uring_recvmsg_payload_length(said, completion.result, &layout_)};
  datagram.source = {static_cast<const std::byte*>(io_uring_recvmsg_name(said)),
                     std::min<std::size_t>(said->namelen, layout_.msg_namelen)};
  datagram.truncated = (said->flags & MSG_TRUNC) != 0;
  return datagram;
}

DatagramMessage::DatagramMessage(std::span<std::byte> buffer) : piece_{buffer.data(), buffer.size()} {
  message_.msg_name = source_.storage.data();
  message_.msg_iov = &piece_;
  message_.msg_iovlen = 1;
}

void DatagramMessage::prepare(io_uring_sqe& entry, NativeSocket socket) {
  message_.msg_namelen = sizeof source_.storage;
  io_uring_prep_recvmsg(&entry, socket, &message_, 0);
}

Datagram DatagramMessage::received(const RingCompletion& completion) const {
  Datagram datagram;
  datagram.bytes = {static_cast<const std::byte*>(piece_.iov_base),
                    static_cast<std::size_t>(completion.result)};
  datagram.source = {source_.storage.data(), message_.msg_namelen};
  datagram.truncated = (message_.msg_flags & MSG_TRUNC) != 0;
  return datagram;
}

}  // namespace recvbench
