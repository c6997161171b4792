// Header encoding to the byte, every header error, and payloads that differ.
#include "loadgen/message.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

std::array<std::byte, header_bytes> encoded(const MessageHeader& header) {
  std::array<std::byte, header_bytes> bytes;
  encode_header(header, bytes);
  return bytes;
}

TEST(MessageHeader, IsLaidOutAsDocumented) {
  const MessageHeader header{greeting_flag,      0x00010203,          0x04050607,
                             0x08090A0B0C0D0E0F, 0x1011121314151617U, 0x18191A1B1C1D1E1FU};
  const std::array<std::uint8_t, header_bytes> expected = {
      'R',  'B',  'M',  '1',  3,    1,    0x1C, 0x72, 0x03, 0x02, 0x01, 0x00, 0x07, 0x06,
      0x05, 0x04, 0x0F, 0x0E, 0x0D, 0x0C, 0x0B, 0x0A, 0x09, 0x08, 0x17, 0x16, 0x15, 0x14,
      0x13, 0x12, 0x11, 0x10, 0x1F, 0x1E, 0x1D, 0x1C, 0x1B, 0x1A, 0x19, 0x18};
  const auto bytes = encoded(header);
  for (std::size_t i = 0; i < header_bytes; ++i)
    EXPECT_EQ(std::to_integer<int>(bytes[i]), expected[i]) << "offset " << i;
}

TEST(MessageHeader, SurvivesTheRoundTrip) {
  for (const std::uint32_t length : {static_cast<std::uint32_t>(header_bytes), 64U, max_message_bytes}) {
    const MessageHeader in{no_flags, length, 0xFFFFFFFF, ~std::uint64_t{0}, 1, ~std::uint64_t{0} - 1};
    MessageHeader out;
    ASSERT_EQ(decode_header(encoded(in), out), HeaderError::none);
    EXPECT_EQ(out.flags, in.flags);
    EXPECT_EQ(out.length, in.length);
    EXPECT_EQ(out.connection, in.connection);
    EXPECT_EQ(out.sequence, in.sequence);
    EXPECT_EQ(out.intended_ns, in.intended_ns);
    EXPECT_EQ(out.actual_ns, in.actual_ns);
  }
}

TEST(MessageHeader, NamesWhatIsWrong) {
  struct Case {
    std::size_t offset;
    std::uint8_t value;
    HeaderError error;
  };
  const Case cases[] = {
      {0, 'X', HeaderError::magic}, {3, '2', HeaderError::magic},    {4, 0, HeaderError::version},
      {4, 1, HeaderError::version}, {5, 2, HeaderError::reserved},   {5, 0x81, HeaderError::reserved},
      {8, 39, HeaderError::length}, {11, 0x7F, HeaderError::length}, {8, 64, HeaderError::check},
  };
  for (const Case& item : cases) {
    auto bytes = encoded({});
    bytes[item.offset] = std::byte{item.value};
    MessageHeader header;
    EXPECT_EQ(decode_header(bytes, header), item.error)
        << "offset " << item.offset << " value " << int{item.value};
  }
  MessageHeader header;
  EXPECT_EQ(decode_header(encoded({no_flags, max_message_bytes + 1, 0, 0, 0, 0}), header),
            HeaderError::length);
}

TEST(MessageHeader, OneChangedByteIsFoundWhereverItIsAndWhateverItBecomes) {
  const auto intact = encoded({no_flags, 64, 7, 1234, 0x1011121314151617U, 0x1011121314151718U});
  MessageHeader header;
  ASSERT_EQ(decode_header(intact, header), HeaderError::none);
  for (std::size_t i = 0; i < header_bytes; ++i) {
    for (int change = 1; change < 256; ++change) {
      auto bytes = intact;
      bytes[i] ^= static_cast<std::byte>(change);
      EXPECT_NE(decode_header(bytes, header), HeaderError::none) << "offset " << i << " change " << change;
    }
  }
}

TEST(MessageHeader, SwappedTimesAreFound) {
  auto bytes = encoded({no_flags, 64, 7, 1234, 0x1011121314151617U, 0x1011121314151718U});
  std::swap_ranges(bytes.begin() + 24, bytes.begin() + 32, bytes.begin() + 32);
  MessageHeader header;
  EXPECT_EQ(decode_header(bytes, header), HeaderError::check);
}

TEST(MessageHeader, EveryErrorHasItsText) {
  EXPECT_STREQ(to_string(HeaderError::magic), "wrong magic number");
  EXPECT_STRNE(to_string(HeaderError::version), to_string(HeaderError::reserved));
  EXPECT_STRNE(to_string(HeaderError::length), to_string(HeaderError::none));
}

TEST(Payload, ItsPiecesAreItsBytes) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, payload_period, std::size_t{65'496}, std::size_t{100'000}}) {
    std::vector<std::byte> payload(size);
    fill_payload(7, 1234, payload);
    std::vector<std::span<const std::byte>> pieces;
    append_payload(7, 1234, size, pieces);
    EXPECT_LE(pieces.size(), most_payload_pieces(size));
    std::vector<std::byte> joined;
    for (const auto piece : pieces) joined.insert(joined.end(), piece.begin(), piece.end());
    EXPECT_EQ(joined, payload) << size;
  }
}

TEST(Payload, MatchesItselfInAnyPiece) {
  std::vector<std::byte> payload(100'000);
  fill_payload(7, 1234, payload);
  for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, payload_period, std::size_t{70'001}}) {
    const auto rest = std::span<const std::byte>(payload).subspan(offset);
    EXPECT_TRUE(payload_matches(7, 1234, offset, rest)) << offset;
    EXPECT_FALSE(payload_matches(7, 1234, offset + 1, rest.first(64))) << offset;
  }
  EXPECT_TRUE(payload_matches(7, 1234, 5, {}));
}

TEST(Payload, OneFlippedBitIsFoundWhereverItIs) {
  std::vector<std::byte> payload(1500);
  fill_payload(3, 9, payload);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    payload[i] ^= std::byte{0x10};
    EXPECT_FALSE(payload_matches(3, 9, 0, payload)) << "byte " << i;
    payload[i] ^= std::byte{0x10};
  }
  EXPECT_TRUE(payload_matches(3, 9, 0, payload));
}

TEST(Payload, DependsOnConnectionAndSequence) {
  std::vector<std::byte> payload(24);
  fill_payload(1, 1, payload);
  EXPECT_FALSE(payload_matches(2, 1, 0, payload));
  EXPECT_FALSE(payload_matches(1, 2, 0, payload));
  EXPECT_FALSE(payload_matches(1, 0, 0, payload));
}

TEST(Payload, SwappedBuffersOfRoundSizesAreFound) {
  for (const std::size_t block : {std::size_t{4096}, std::size_t{65536}, std::size_t{1} << 20}) {
    std::vector<std::byte> payload(2 * block);
    fill_payload(0, 0, payload);
    std::swap_ranges(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(block),
                     payload.begin() + static_cast<std::ptrdiff_t>(block));
    EXPECT_FALSE(payload_matches(0, 0, 0, payload)) << block;
  }
}

}  // namespace
}  // namespace recvbench
