// Several datagrams in one call, by sendmmsg where the system has it.
#include "platform/datagram_batch.h"

#include <array>
#include <cerrno>

#include "platform/native_sockets.h"

namespace recvbench {

#ifdef __linux__

DatagramsSent send_datagrams(NativeSocket socket, std::span<const std::byte> bytes,
                             std::span<const std::uint32_t> lengths) noexcept {
  std::array<iovec, most_datagrams_per_call> pieces;
  std::array<mmsghdr, most_datagrams_per_call> messages;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    // The kernel reads them only; iovec is the same for both directions.
    pieces[i] = {const_cast<std::byte*>(bytes.data()), lengths[i]};
    messages[i] = {};
    messages[i].msg_hdr.msg_iov = &pieces[i];
    messages[i].msg_hdr.msg_iovlen = 1;
    bytes = bytes.subspan(lengths[i]);
  }
  for (;;) {
    const int sent = sendmmsg(socket, messages.data(), static_cast<unsigned>(lengths.size()), MSG_NOSIGNAL);
    if (sent >= 0) return {static_cast<std::size_t>(sent), {}};
    if (errno != EINTR) return {0, last_socket_error()};
  }
}

#else

DatagramsSent send_datagrams(NativeSocket socket, std::span<const std::byte> bytes,
                             std::span<const std::uint32_t> lengths) noexcept {
  return send_each(socket, bytes, lengths);
}

#endif

}  // namespace recvbench
