// Histogram::decode: HdrHistogram's V2 compressed form, read here and not by hdr_log_decode, because the text
// may come from another process: the library trusts the lengths inside it (a negative payload length makes it
// inflate past an 8-byte buffer), takes any character for base64, and leaks where it fails.
#include "results/histogram.h"

#include <array>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <hdr/hdr_histogram.h>
#include <zlib.h>

namespace recvbench {

namespace {

// cookie, length of the compressed bytes
constexpr std::size_t outer_header_bytes = 8;
constexpr std::uint32_t outer_cookie = 0x1c849314;
// cookie, payload length, normalizing index offset, significant digits, lowest and highest value, conversion
// ratio
constexpr std::size_t inner_header_bytes = 40;
constexpr std::uint32_t inner_cookie = 0x1c849313;
// Counts are ZigZag LEB128 of at most 9 bytes; a negative one stands for that many zero counts.
constexpr std::size_t max_count_bytes = 9;

using Bytes = std::vector<unsigned char>;

[[noreturn]] void refuse(const char* why) {
  throw std::runtime_error(std::string("histogram: ") + why);
}

Bytes from_base64(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) refuse("not base64");
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int available = 0;
  for (const char c : text) {
    const std::size_t digit = alphabet.find(c);
    if (digit == alphabet.npos) refuse("not base64");
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xffff;
    available += 6;
    if (available >= 8) {
      available -= 8;
      bytes.push_back(static_cast<unsigned char>(bits >> available & 0xff));
    }
  }
  return bytes;
}

std::uint64_t big_endian(const Bytes& bytes, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes[offset + i];
  return value;
}

Bytes inflate_payload(const Bytes& compressed, std::size_t limit) {
  if (compressed.size() < outer_header_bytes || big_endian(compressed, 0, 4) != outer_cookie ||
      big_endian(compressed, 4, 4) != compressed.size() - outer_header_bytes) {
    refuse("not a whole V2 compressed histogram");
  }
  Bytes payload(limit);
  uLongf size = static_cast<uLongf>(limit);
  if (uncompress(payload.data(), &size, compressed.data() + outer_header_bytes,
                 static_cast<uLong>(compressed.size() - outer_header_bytes)) != Z_OK) {
    refuse("damaged compressed bytes");
  }
  payload.resize(size);
  return payload;
}

// Reads one count and moves `offset` past it.
std::int64_t read_count(const Bytes& bytes, std::size_t& offset) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < max_count_bytes; ++i) {
    if (offset == bytes.size()) refuse("ends inside a count");
    const std::uint64_t byte = bytes[offset++];
    const bool last = i + 1 == max_count_bytes;  // carries 8 bits, the others 7
    value |= (last ? byte : byte & 0x7f) << (7 * i);
    if (last || (byte & 0x80) == 0) break;
  }
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

}  // namespace

Histogram Histogram::decode(std::string_view encoded) {
  Histogram result;
  hdr_histogram* const histogram = result.histogram_.get();
  const auto buckets = static_cast<std::size_t>(histogram->counts_len);
  const Bytes payload = inflate_payload(from_base64(encoded), inner_header_bytes + buckets * max_count_bytes);

  if (payload.size() < inner_header_bytes || big_endian(payload, 0, 4) != inner_cookie ||
      big_endian(payload, 4, 4) != payload.size() - inner_header_bytes || big_endian(payload, 8, 4) != 0) {
    refuse("not a V2 histogram");
  }
  if (big_endian(payload, 12, 4) != static_cast<std::uint64_t>(histogram->significant_figures) ||
      big_endian(payload, 16, 8) != static_cast<std::uint64_t>(lowest_ns) ||
      big_endian(payload, 24, 8) != static_cast<std::uint64_t>(highest_ns)) {
    refuse("not 1 ns .. 3,600 s with 3 significant digits");
  }

  std::int64_t index = 0;
  for (std::size_t offset = inner_header_bytes; offset < payload.size();) {
    const std::int64_t count = read_count(payload, offset);
    const std::int64_t left = histogram->counts_len - index;
    if (count < 0 ? count < -left : left == 0) refuse("more counts than buckets");
    if (count > std::numeric_limits<std::int64_t>::max() - result.count())
      refuse("more values than 63 bits count");
    if (count > 0) {
      hdr_record_values(histogram, hdr_value_at_index(histogram, static_cast<std::int32_t>(index)), count);
    }
    index += count < 0 ? -count : 1;
  }
  return result;
}

}  // namespace recvbench
