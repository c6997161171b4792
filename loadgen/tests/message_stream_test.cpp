// A stream gives the same messages however it is cut.
#include "loadgen/message_stream.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace recvbench {
namespace {

void append_message(std::vector<std::byte>& stream, std::uint32_t length, std::uint64_t sequence) {
  const std::size_t start = stream.size();
  stream.resize(start + length);
  const std::span<std::byte> message = std::span(stream).subspan(start);
  encode_header({no_flags, length, 5, sequence, 0, 0}, message.first<header_bytes>());
  fill_payload(5, sequence, message.subspan(header_bytes));
}

// Header only, small, header only, larger: boundaries next to each other and apart.
std::vector<std::byte> four_messages() {
  std::vector<std::byte> stream;
  append_message(stream, 40, 0);
  append_message(stream, 64, 1);
  append_message(stream, 40, 2);
  append_message(stream, 100, 3);
  return stream;
}

struct Collector {
  MessageStream stream;
  std::vector<std::uint64_t> sequences;
  std::size_t payload_bytes = 0;
  std::size_t wrong_pieces = 0;

  HeaderError feed(std::span<const std::byte> bytes) {
    return stream.feed(
        bytes, [&](const MessageHeader& header) { sequences.push_back(header.sequence); },
        [&](const MessageHeader& header, std::size_t offset, std::span<const std::byte> piece) {
          payload_bytes += piece.size();
          if (!payload_matches(header.connection, header.sequence, offset, piece)) ++wrong_pieces;
        });
  }
  void expect_all(const std::string& how) const {
    EXPECT_EQ(sequences, (std::vector<std::uint64_t>{0, 1, 2, 3})) << how;
    EXPECT_EQ(payload_bytes, 24U + 60U) << how;
    EXPECT_EQ(wrong_pieces, 0U) << how;
    EXPECT_TRUE(stream.at_boundary()) << how;
  }
};

TEST(MessageStream, EveryCutInTwoGivesTheSame) {
  const std::vector<std::byte> bytes = four_messages();
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Collector collector;
    ASSERT_EQ(collector.feed(std::span(bytes).first(cut)), HeaderError::none);
    ASSERT_EQ(collector.feed(std::span(bytes).subspan(cut)), HeaderError::none);
    collector.expect_all("cut at " + std::to_string(cut));
  }
}

TEST(MessageStream, EveryPieceSizeGivesTheSame) {
  const std::vector<std::byte> bytes = four_messages();
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    Collector collector;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      ASSERT_EQ(collector.feed(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at))),
                HeaderError::none);
    collector.expect_all("pieces of " + std::to_string(piece));
  }
}

TEST(MessageStream, KnowsWhetherItEndedBetweenMessages) {
  const std::vector<std::byte> bytes = four_messages();
  for (std::size_t end = 0; end <= bytes.size(); ++end) {
    Collector collector;
    ASSERT_EQ(collector.feed(std::span(bytes).first(end)), HeaderError::none);
    const bool boundary = end == 0 || end == 40 || end == 104 || end == 144 || end == 244;
    EXPECT_EQ(collector.stream.at_boundary(), boundary) << end;
  }
}

TEST(MessageStream, StopsAtTheFirstBadHeader) {
  std::vector<std::byte> bytes = four_messages();
  bytes[104] = std::byte{'X'};  // third message
  for (const std::size_t cut : {std::size_t{0}, std::size_t{110}}) {
    Collector collector;
    HeaderError error = collector.feed(std::span<const std::byte>(bytes).first(cut));
    if (error == HeaderError::none) error = collector.feed(std::span<const std::byte>(bytes).subspan(cut));
    EXPECT_EQ(error, HeaderError::magic);
    EXPECT_EQ(collector.sequences, (std::vector<std::uint64_t>{0, 1}));
  }
}

}  // namespace
}  // namespace recvbench
