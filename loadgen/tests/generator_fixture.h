// What the generator's tests share: a run against a receiver in this process, and what a clean one is.
#pragma once

#include <chrono>

#include <gtest/gtest.h>

#include "loadgen/generator.h"
#include "loadgen/tests/test_receiver.h"
#include "platform/socket.h"

namespace recvbench {

inline LoadResult run(const LoadPlan& plan) {
  LoadGenerator generator(plan);
  generator.start();
  return generator.finish();
}

inline void expect_clean(const LoadResult& sent, const Received& received) {
  EXPECT_EQ(sent.connection_errors, 0U) << sent.first_error;
  EXPECT_EQ(sent.dropped, 0U);
  EXPECT_EQ(sent.corrupt, 0U);
  EXPECT_EQ(sent.out_of_sequence, 0U);
  EXPECT_EQ(sent.out_of_range, 0U);
  EXPECT_EQ(received.messages, sent.sent);
  EXPECT_EQ(received.wrong, 0U);
  EXPECT_EQ(received.cut, 0U);
}

class GeneratorTest : public testing::Test {
 protected:
  using Clock = std::chrono::steady_clock;

 private:
  NetworkSession session_;
};

}  // namespace recvbench
