// The control channel against peers that are late, silent, malformed or gone: an error that says so, in
// bounded time.
#include "loadgen/control.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "platform/system_info.h"

namespace recvbench {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

class ControlTest : public testing::Test {
 protected:
  // Writes bytes as they are.
  void raw(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
    ASSERT_FALSE(send_all(peer.native(), bytes, milliseconds(2000)).error);
  }
  void raw_frame(const std::string& text) {
    std::string frame(4, '\0');
    for (std::size_t i = 0; i < 4; ++i) frame[i] = static_cast<char>((text.size() >> (8 * i)) & 0xFF);
    raw(frame + text);
  }
  // Receiving a plan fails, in bounded time, with an error that says `text`.
  void expect_failure(std::string_view expected, milliseconds limit = milliseconds(2000),
                      milliseconds silence = milliseconds(2000)) {
    const auto begin = Clock::now();
    std::string text;
    try {
      channel->receive({"plan"}, limit, silence);
    } catch (const ControlError& error) {
      text = error.what();
    }
    EXPECT_LT(Clock::now() - begin, limit + milliseconds(3000));  // bounded; the margin is the machine's
    EXPECT_NE(text.find(expected), std::string::npos) << text;
  }

  NetworkSession session;
  SocketPair pair = connected_pair();
  Socket peer = std::move(pair.connected);
  std::unique_ptr<ControlChannel> channel = std::make_unique<ControlChannel>(std::move(pair.accepted));
};

TEST_F(ControlTest, MessagesArriveWithTheirTypeAndBody) {
  ControlChannel other(std::move(peer));
  other.send("alive");
  other.send("plan", {{"rate", 5}});
  other.send("go");
  const nlohmann::json plan = channel->receive({"plan"}, milliseconds(2000));
  EXPECT_EQ(plan["rate"], 5);
  EXPECT_EQ(channel->receive({"go", "bye"}, milliseconds(2000))["type"], "go");
}

TEST_F(ControlTest, LargeMessagesArriveWhole) {
  ControlChannel other(std::move(peer));
  const std::string text(5'000'000, 'x');
  std::thread sender([&] { other.send("plan", {{"text", text}}); });
  EXPECT_EQ(channel->receive({"plan"}, milliseconds(20'000))["text"], text);
  sender.join();
}

TEST_F(ControlTest, MessagesInSmallPiecesArrive) {
  const std::string body = R"({"type":"plan","x":1})";
  std::string frame(4, '\0');
  frame[0] = static_cast<char>(body.size());
  frame += body;
  std::thread sender([&] {
    for (const char letter : frame) raw(std::string_view(&letter, 1));
  });
  EXPECT_EQ(channel->receive({"plan"}, milliseconds(5000))["x"], 1);
  sender.join();
}

TEST_F(ControlTest, AnOverlongLengthIsRefusedAtOnce) {
  raw(std::string("\x01\x00\x00\x04", 4));  // 64 MiB + 1
  expect_failure("67108865 bytes announced");
}

TEST_F(ControlTest, GarbageIsRefused) {
  raw("GET / HTTP/1.1\r\n\r\n");  // its first four bytes are a length above the limit
  expect_failure("bytes announced");
}

TEST_F(ControlTest, WhatIsNotJsonIsRefused) {
  raw_frame("{\"type\":\"plan\"");
  expect_failure("not a JSON object");
}

TEST_F(ControlTest, JsonThatIsNoObjectIsRefused) {
  raw_frame("[1,2]");
  expect_failure("not a JSON object");
}

TEST_F(ControlTest, AMessageWithoutTypeIsRefused) {
  raw_frame(R"({"typ":"plan"})");
  expect_failure("no 'type'");
}

TEST_F(ControlTest, DeepNestingIsNoCrash) {
  raw_frame(std::string(1'000'000, '['));
  expect_failure("nested too deeply");
}

TEST_F(ControlTest, AStrangerIsHeldToLittle) {
  SocketPair strangers = connected_pair();
  ControlChannel strict(std::move(strangers.accepted), 100);
  peer = std::move(strangers.connected);
  raw(std::string("\x65\x00\x00\x00", 4));
  try {
    strict.receive({"hello"}, milliseconds(2000));
    FAIL() << "nothing was thrown";
  } catch (const ControlError& error) {
    EXPECT_STREQ(error.what(), "control message of 101 bytes announced; at most 100 are allowed");
  }
}

TEST_F(ControlTest, ManySmallMessagesAreTakenInTime) {
  std::thread sender([&] {
    std::string frames;
    const std::string body = R"({"type":"alive"})";
    for (int i = 0; i < 200'000; ++i) frames += std::string("\x10\x00\x00\x00", 4) + body;
    raw(frames + std::string("\x0f\x00\x00\x00", 4) + R"({"type":"plan"})");
  });
  EXPECT_EQ(channel->receive({"plan"}, milliseconds(20'000))["type"], "plan");
  sender.join();
}

TEST_F(ControlTest, AFloodDoesNotStretchTheLimit) {
  std::atomic<bool> enough = false;
  std::thread sender([&] {
    const std::string body = R"({"type":"alive"})";
    std::string frames;
    for (int i = 0; i < 1'000; ++i) frames += std::string("\x10\x00\x00\x00", 4) + body;
    const auto bytes = std::as_bytes(std::span(frames));
    while (!enough && !send_all(peer.native(), bytes, milliseconds(2000)).error) {
    }
  });
  expect_failure("no 'plan' from the peer within 0.300 s", milliseconds(300), milliseconds(300));
  enough = true;
  channel.reset();  // ends a send that waits
  sender.join();
}

TEST_F(ControlTest, SilenceIsNamed) {
  expect_failure("silent for 0.100 s", milliseconds(2000), milliseconds(100));
}

TEST_F(ControlTest, HalfAMessageThenSilenceIsNamed) {
  raw(std::string("\x20\x00\x00\x00{\"ty", 8));
  expect_failure("silent for 0.100 s", milliseconds(2000), milliseconds(100));
}

TEST_F(ControlTest, HalfAMessageThenCloseIsNamed) {
  raw(std::string("\x20\x00\x00\x00{\"ty", 8));
  peer.close();
  expect_failure("in the middle of a message");
}

TEST_F(ControlTest, CloseIsNamed) {
  peer.close();
  expect_failure("closed the control connection");
}

TEST_F(ControlTest, ResetIsNamed) {
  set_abortive_close(peer);
  peer.close();
  // Wine hands a reset that follows set_nonblocking to the application as a graceful close; the run ends
  // either way.
  expect_failure(running_under_wine() ? "control connection" : "control connection broke");
}

TEST_F(ControlTest, AlivePeersMustAnswerInTheEnd) {
  ControlChannel other(std::move(peer));
  std::atomic<bool> stop = false;
  std::thread beat([&] {
    while (!stop) {
      other.send("alive");
      std::this_thread::sleep_for(milliseconds(10));
    }
  });
  expect_failure("no 'plan' from the peer within 0.300 s", milliseconds(300), milliseconds(250));
  stop = true;
  beat.join();
}

TEST_F(ControlTest, AnotherTypeIsNamed) {
  raw_frame(R"({"type":"bye"})");
  expect_failure("'bye' came where 'plan' was expected");
}

TEST_F(ControlTest, ThePeersReasonIsPassedOn) {
  raw_frame(R"({"type":"failed","reason":"connect(127.0.0.1:9): ECONNREFUSED"})");
  raw_frame(R"({"type":"refuse","reason":"speaks protocol 2"})");
  raw_frame(R"({"type":"failed"})");
  expect_failure("failed: connect(127.0.0.1:9): ECONNREFUSED");
  expect_failure("refused: speaks protocol 2");
  expect_failure("no reason given");
}

TEST_F(ControlTest, PeerGoneSeesTheCloseAndKeepsWhatCameBefore) {
  EXPECT_FALSE(channel->peer_gone());
  raw_frame(R"({"type":"plan"})");
  EXPECT_FALSE(channel->peer_gone());
  peer.close();
  const auto limit = Clock::now() + milliseconds(5000);
  while (!channel->peer_gone() && Clock::now() < limit) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_TRUE(channel->peer_gone());
  EXPECT_EQ(channel->receive({"plan"}, milliseconds(100))["type"], "plan");
}

TEST_F(ControlTest, SendingToAPeerThatTakesNothingEnds) {
  const std::string text(30'000'000, 'x');  // more than the socket buffers hold
  const auto begin = Clock::now();
  EXPECT_THROW(channel->send("result", {{"text", text}}), ControlError);
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(15));
}

TEST_F(ControlTest, TextInAnotherEncodingIsSentNevertheless) {
  ControlChannel other(std::move(peer));
  other.send("failed", {{"reason", "acc\xE8s refus\xE9"}});
  expect_failure("acc");
}

TEST_F(ControlTest, AClosedChannelSaysSo) {
  channel->close();
  expect_failure("is closed");
  EXPECT_THROW(channel->send("go"), ControlError);
  EXPECT_TRUE(channel->peer_gone());
}

}  // namespace
}  // namespace recvbench
