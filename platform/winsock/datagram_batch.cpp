// Several datagrams: Winsock has no call for it (UDP_SEND_MSG_SIZE makes many of one buffer, but only of one
// length, and not under Wine).
#include "platform/datagram_batch.h"

namespace recvbench {

DatagramsSent send_datagrams(NativeSocket socket, std::span<const std::byte> bytes,
                             std::span<const std::uint32_t> lengths) noexcept {
  return send_each(socket, bytes, lengths);
}

}  // namespace recvbench
