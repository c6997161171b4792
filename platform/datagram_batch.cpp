#include "platform/datagram_batch.h"

namespace recvbench {

DatagramsSent send_each(NativeSocket socket, std::span<const std::byte> bytes,
                        std::span<const std::uint32_t> lengths) noexcept {
  DatagramsSent sent;
  for (const std::uint32_t length : lengths) {
    const IoResult one = send_some(socket, bytes.first(length));
    if (one.error) {
      if (sent.count == 0) sent.error = one.error;
      return sent;
    }
    ++sent.count;
    bytes = bytes.subspan(length);
  }
  return sent;
}

}  // namespace recvbench
