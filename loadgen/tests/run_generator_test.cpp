// The conversation of one run against a harness that does it right, refuses, lies or vanishes.
#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "loadgen/control.h"
#include "loadgen/generator.h"
#include "loadgen/tests/test_receiver.h"
#include "platform/socket.h"

namespace recvbench {
namespace {

using std::chrono::milliseconds;

class RunGeneratorTest : public testing::Test {
 protected:
  // Runs `harness` with the generator's control connection; returns the generator's exit code, 99 where it
  // does not end in `limit`.
  int converse(const std::function<void(ControlChannel&)>& harness,
               milliseconds limit = milliseconds(10'000)) {
    const Socket listener = listen_tcp(Address::loopback(AddressFamily::ipv4), 8);
    GeneratorOptions options;
    options.control_port = local_address(listener).port();
    options.token = "secret";
    std::future<int> code = std::async(std::launch::async, [options] { return run_generator(options); });
    EXPECT_TRUE(wait_readable(listener.native(), milliseconds(10'000)));
    std::error_code error;
    Socket socket = accept_tcp(listener, error);
    EXPECT_FALSE(error) << error.message();
    {
      ControlChannel control(std::move(socket));
      try {
        harness(control);
      } catch (const ControlError& failure) {
        ADD_FAILURE() << "harness: " << failure.what();
      }
    }
    return code.wait_for(limit) == std::future_status::ready ? code.get() : 99;
  }
  static nlohmann::json next(ControlChannel& control, const char* type) {
    return control.receive({type}, milliseconds(10'000));
  }

  NetworkSession session;
};

TEST_F(RunGeneratorTest, DoesOneRun) {
  TestReceiver receiver(2, {.echo = true});
  LoadPlan plan = short_plan(receiver.port());
  plan.workload = Workload::echo;
  plan.connections = 2;
  LoadResult result;
  const int code = converse([&](ControlChannel& control) {
    const nlohmann::json hello = next(control, "hello");
    EXPECT_EQ(hello["protocol"], control_protocol);
    EXPECT_EQ(hello["token"], "secret");
    EXPECT_FALSE(hello["platform"].get<std::string>().empty());
    EXPECT_FALSE(hello["version"].get<std::string>().empty());
    control.send("plan", to_json(plan));
    next(control, "connected");
    control.send("go");
    const nlohmann::json started = next(control, "started");
    EXPECT_EQ(started["window_end_ns"].get<std::uint64_t>() - started["window_begin_ns"].get<std::uint64_t>(),
              plan.duration_ns);
    result = load_result_from_json(next(control, "result"));
    control.send("bye");
  });
  EXPECT_EQ(code, 0);
  EXPECT_EQ(result.connection_errors, 0U) << result.first_error;
  EXPECT_EQ(result.echoed, result.sent);
  EXPECT_EQ(receiver.stop().messages, result.sent);
}

TEST_F(RunGeneratorTest, SaysAliveWhileItWaits) {
  const int code = converse([&](ControlChannel& control) {
    next(control, "hello");
    EXPECT_EQ(next(control, "alive")["type"], "alive");
    EXPECT_EQ(next(control, "alive")["type"], "alive");
    control.send("refuse", {{"reason", "enough"}});
    next(control, "failed");
  });
  EXPECT_EQ(code, 13);
}

TEST_F(RunGeneratorTest, ARefusalEndsIt) {
  testing::internal::CaptureStderr();
  const int code = converse([&](ControlChannel& control) {
    next(control, "hello");
    control.send("refuse", {{"reason", "generator speaks control protocol 1, this harness 2"}});
    next(control, "failed");
  });
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(code, 13);
  EXPECT_NE(text.find("generator speaks control protocol 1, this harness 2"), std::string::npos) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

TEST_F(RunGeneratorTest, MayBeAskedOnlyWhoItIs) {
  const int code = converse([&](ControlChannel& control) {
    next(control, "hello");
    control.send("bye");
  });
  EXPECT_EQ(code, 0);
}

TEST_F(RunGeneratorTest, ABadPlanIsAnsweredWithItsReason) {
  std::string reason;
  const int code = converse([&](ControlChannel& control) {
    next(control, "hello");
    nlohmann::json plan = to_json(short_plan(9));
    plan["size_bytes"][0]["least"] = 39;
    control.send("plan", plan);
    reason = next(control, "failed")["reason"].get<std::string>();
  });
  EXPECT_EQ(code, 13);
  EXPECT_NE(reason.find("size_bytes: least = 39"), std::string::npos) << reason;
}

TEST_F(RunGeneratorTest, AReceiverThatIsNotThereIsAnsweredWithItsReason) {
  LoadPlan plan = short_plan(0);
  {
    const Socket free_port = listen_tcp(Address::loopback(AddressFamily::ipv4), 1);
    plan.port = local_address(free_port).port();
  }
  std::string reason;
  const int code = converse([&](ControlChannel& control) {
    next(control, "hello");
    control.send("plan", to_json(plan));
    reason = next(control, "failed")["reason"].get<std::string>();
  });
  EXPECT_EQ(code, 13);
  EXPECT_NE(reason.find("ECONNREFUSED"), std::string::npos) << reason;
}

TEST_F(RunGeneratorTest, AnUnexpectedMessageEndsIt) {
  std::string reason;
  const int code = converse([&](ControlChannel& control) {
    next(control, "hello");
    control.send("go");
    reason = next(control, "failed")["reason"].get<std::string>();
  });
  EXPECT_EQ(code, 13);
  EXPECT_NE(reason.find("'go' came where 'plan' or 'bye' was expected"), std::string::npos) << reason;
}

TEST_F(RunGeneratorTest, AHarnessThatVanishesBeforeThePlanEndsIt) {
  EXPECT_EQ(converse([&](ControlChannel& control) { next(control, "hello"); }, milliseconds(3000)), 13);
}

TEST_F(RunGeneratorTest, AHarnessThatVanishesInMidRunEndsIt) {
  TestReceiver receiver(2, {});
  LoadPlan plan = short_plan(receiver.port());
  plan.connections = 2;
  plan.duration_ns = max_phase_ns;
  const int code = converse(
      [&](ControlChannel& control) {
        next(control, "hello");
        control.send("plan", to_json(plan));
        next(control, "connected");
        control.send("go");
        next(control, "started");
        std::this_thread::sleep_for(milliseconds(200));
      },
      milliseconds(5000));
  EXPECT_EQ(code, 13);
  receiver.stop(true);
}

TEST_F(RunGeneratorTest, AHarnessThatIsNotThereEndsIt) {
  GeneratorOptions options;
  {
    const Socket free_port = listen_tcp(Address::loopback(AddressFamily::ipv4), 1);
    options.control_port = local_address(free_port).port();
  }
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_generator(options), 13);
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("ECONNREFUSED"), std::string::npos) << text;
}

}  // namespace
}  // namespace recvbench
