// Message header encoding and the payload every byte of which can be verified.
#include "loadgen/message.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace recvbench {
namespace {

constexpr std::uint32_t magic = 0x314D4252;  // "RBM1" in memory
constexpr std::uint8_t header_version = 1;

// The same bytes in memory on every machine. A plain memcpy where the machine is little-endian itself: GCC 12
// leaves shifts over single bytes as loops of some 3 ns a field.
template <class Unsigned>
void store(std::byte* out, Unsigned value) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(out, &value, sizeof value);
  } else {
    for (std::size_t i = 0; i < sizeof value; ++i) out[i] = static_cast<std::byte>((value >> (8 * i)) & 0xFF);
  }
}

template <class Unsigned>
Unsigned load(const std::byte* in) noexcept {
  Unsigned value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, in, sizeof value);
  } else {
    for (std::size_t i = 0; i < sizeof value; ++i)
      value = static_cast<Unsigned>(value | (static_cast<Unsigned>(in[i]) << (8 * i)));
  }
  return value;
}

// Finaliser of SplitMix64: every input bit changes about half of the output bits.
constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

// Every payload is a piece of this endless repeated pattern, so that filling and verifying cost a memcpy and
// a memcmp. The period is a prime: buffers that are swapped or repeated, whose sizes are round numbers, never
// match by accident.
constexpr std::size_t period = 32749;

const std::array<std::byte, period>& pattern() noexcept {
  static const auto bytes = [] {
    std::array<std::byte, period> result{};
    for (std::size_t i = 0; i < period; ++i) result[i] = static_cast<std::byte>(mix(i + 1) & 0xFF);
    return result;
  }();
  return bytes;
}

// Where in the pattern the payload of a message begins.
std::size_t payload_start(std::uint32_t connection, std::uint64_t sequence) noexcept {
  constexpr std::uint64_t golden = 0x9E3779B97F4A7C15U;
  return static_cast<std::size_t>(mix(sequence * golden + connection) % period);
}

// Calls use(piece of the pattern, offset in the payload piece) until `size` bytes are covered or it returns
// false.
template <class Use>
bool for_pattern(std::size_t start, std::size_t size, Use&& use) noexcept {
  const auto& bytes = pattern();
  for (std::size_t done = 0; done < size;) {
    const std::size_t take = std::min(size - done, period - start);
    if (!use(bytes.data() + start, done, take)) return false;
    done += take;
    start = 0;
  }
  return true;
}

}  // namespace

const char* to_string(HeaderError error) noexcept {
  switch (error) {
    case HeaderError::none:
      return "no error";
    case HeaderError::magic:
      return "wrong magic number";
    case HeaderError::version:
      return "unknown header version";
    case HeaderError::reserved:
      return "reserved bits are set";
    case HeaderError::length:
      return "length outside the allowed range";
  }
  return "unknown";
}

void encode_header(const MessageHeader& header, std::span<std::byte, header_bytes> out) noexcept {
  store(out.data(), magic);
  store(out.data() + 4, header_version);
  store(out.data() + 5, header.flags);
  store(out.data() + 6, std::uint16_t{0});
  store(out.data() + 8, header.length);
  store(out.data() + 12, header.connection);
  store(out.data() + 16, header.sequence);
  store(out.data() + 24, header.intended_ns);
  store(out.data() + 32, header.actual_ns);
}

HeaderError decode_header(std::span<const std::byte, header_bytes> in, MessageHeader& header) noexcept {
  if (load<std::uint32_t>(in.data()) != magic) return HeaderError::magic;
  if (load<std::uint8_t>(in.data() + 4) != header_version) return HeaderError::version;
  header.flags = load<std::uint8_t>(in.data() + 5);
  if ((header.flags & ~greeting_flag) != 0 || load<std::uint16_t>(in.data() + 6) != 0)
    return HeaderError::reserved;
  header.length = load<std::uint32_t>(in.data() + 8);
  if (header.length < header_bytes || header.length > max_message_bytes) return HeaderError::length;
  header.connection = load<std::uint32_t>(in.data() + 12);
  header.sequence = load<std::uint64_t>(in.data() + 16);
  header.intended_ns = load<std::uint64_t>(in.data() + 24);
  header.actual_ns = load<std::uint64_t>(in.data() + 32);
  return HeaderError::none;
}

void fill_payload(std::uint32_t connection, std::uint64_t sequence, std::span<std::byte> out) noexcept {
  for_pattern(payload_start(connection, sequence), out.size(),
              [&](const std::byte* bytes, std::size_t at, std::size_t size) {
                std::memcpy(out.data() + at, bytes, size);
                return true;
              });
}

bool payload_matches(std::uint32_t connection, std::uint64_t sequence, std::size_t offset,
                     std::span<const std::byte> bytes) noexcept {
  return for_pattern((payload_start(connection, sequence) + offset) % period, bytes.size(),
                     [&](const std::byte* expected, std::size_t at, std::size_t size) {
                       return std::memcmp(bytes.data() + at, expected, size) == 0;
                     });
}

}  // namespace recvbench
