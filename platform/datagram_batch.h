// Several datagrams in one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>

#include "platform/socket.h"

namespace recvbench {

inline constexpr std::size_t most_datagrams_per_call = 64;

// The first `count` datagrams were taken; `error` is why the next was not, where none was taken. Where some
// were, and not all, the error shows when the rest is sent.
struct DatagramsSent {
  std::size_t count = 0;
  std::error_code error;
};

// Sends to the peer of a connected socket, in order, datagrams that lie one after the other in `bytes`, as
// long as `lengths` say (1 .. most_datagrams_per_call of them). Never waits where the socket does not block.
// Linux: one sendmmsg. Windows, which has no such call, and others: a send each.
DatagramsSent send_datagrams(NativeSocket socket, std::span<const std::byte> bytes,
                             std::span<const std::uint32_t> lengths) noexcept;

// The same by a call for each: for systems that have no other.
DatagramsSent send_each(NativeSocket socket, std::span<const std::byte> bytes,
                        std::span<const std::uint32_t> lengths) noexcept;

}  // namespace recvbench
