// Message header encoding and the payload every byte of which can be verified.
#include "loadgen/message.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "loadgen/bit_mixer.h"

namespace recvbench {
namespace {

constexpr std::uint32_t magic = 0x314D4252;  // "RBM1" in memory
constexpr std::uint8_t header_version = 3;   // also of the payload's pattern

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

// The header's five words as they are loaded and stored; see message.h for the check. Rotated by odd counts,
// so that words that were swapped are found as well; eight bits side by side never cancel in the sixteen.
using HeaderWords = std::array<std::uint64_t, header_bytes / 8>;
constexpr int check_shift = 48;  // its place in the first word

std::uint16_t check_of(const HeaderWords& words) noexcept {
  constexpr std::uint64_t without_itself = (std::uint64_t{1} << check_shift) - 1;
  const std::uint64_t all = (words[0] & without_itself) ^ std::rotl(words[1], 13) ^ std::rotl(words[2], 29) ^
                            std::rotl(words[3], 7) ^ std::rotl(words[4], 51);
  const std::uint64_t half = all ^ (all >> 32);
  return static_cast<std::uint16_t>((half ^ (half >> 16)) & 0xFFFF);
}

constexpr std::size_t period = payload_period;
using Pattern = std::array<std::byte, payload_repeats * period>;

const Pattern& pattern() noexcept {
  static const auto bytes = [] {
    Pattern result{};
    for (std::size_t i = 0; i < result.size(); ++i)
      result[i] = static_cast<std::byte>(mix_bits(i % period + 1) & 0xFF);
    return result;
  }();
  return bytes;
}

// Where in the pattern the payload of a message begins.
std::size_t payload_start(std::uint32_t connection, std::uint64_t sequence) noexcept {
  return static_cast<std::size_t>(mix_bits(sequence * golden_step + connection) % period);
}

// Calls use(piece of the pattern, offset in the payload piece) until `size` bytes are covered or it returns
// false. `start` < period.
template <class Use>
bool for_pattern(std::size_t start, std::size_t size, Use&& use) noexcept {
  const auto& bytes = pattern();
  for (std::size_t done = 0; done < size;) {
    const std::size_t take = std::min(size - done, bytes.size() - start);
    if (!use(bytes.data() + start, done, take)) return false;
    done += take;
    start = 0;  // the last repeat has ended
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
    case HeaderError::check:
      return "changed on its way: its check does not match";
  }
  return "unknown";
}

void encode_header(const MessageHeader& header, std::span<std::byte, header_bytes> out) noexcept {
  HeaderWords words{magic | std::uint64_t{header_version} << 32 | std::uint64_t{header.flags} << 40,
                    header.length | std::uint64_t{header.connection} << 32, header.sequence,
                    header.intended_ns, header.actual_ns};
  words[0] |= std::uint64_t{check_of(words)} << check_shift;
  for (std::size_t i = 0; i < words.size(); ++i) store(out.data() + 8 * i, words[i]);
}

HeaderError decode_header(std::span<const std::byte, header_bytes> in, MessageHeader& header) noexcept {
  HeaderWords words;
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = load<std::uint64_t>(in.data() + 8 * i);
  if (static_cast<std::uint32_t>(words[0]) != magic) return HeaderError::magic;
  if (static_cast<std::uint8_t>(words[0] >> 32) != header_version) return HeaderError::version;
  header.flags = static_cast<std::uint8_t>(words[0] >> 40);
  if ((header.flags & ~greeting_flag) != 0) return HeaderError::reserved;
  header.length = static_cast<std::uint32_t>(words[1]);
  if (header.length < header_bytes || header.length > max_message_bytes) return HeaderError::length;
  header.connection = static_cast<std::uint32_t>(words[1] >> 32);
  header.sequence = words[2];
  header.intended_ns = words[3];
  header.actual_ns = words[4];
  return static_cast<std::uint16_t>(words[0] >> check_shift) == check_of(words) ? HeaderError::none
                                                                                : HeaderError::check;
}

std::array<std::byte, header_bytes> make_greeting(std::uint64_t run_id, std::uint32_t connection,
                                                  std::uint64_t connect_ns, std::uint64_t sent_ns) noexcept {
  std::array<std::byte, header_bytes> greeting;
  encode_header({greeting_flag, header_bytes, connection, run_id, connect_ns, sent_ns}, greeting);
  return greeting;
}

void fill_payload(std::uint32_t connection, std::uint64_t sequence, std::span<std::byte> out) noexcept {
  for_pattern(payload_start(connection, sequence), out.size(),
              [&](const std::byte* bytes, std::size_t at, std::size_t size) {
                std::memcpy(out.data() + at, bytes, size);
                return true;
              });
}

void append_payload(std::uint32_t connection, std::uint64_t sequence, std::size_t size,
                    std::vector<std::span<const std::byte>>& pieces) {
  for_pattern(payload_start(connection, sequence), size,
              [&](const std::byte* bytes, std::size_t, std::size_t length) {
                pieces.emplace_back(bytes, length);
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
