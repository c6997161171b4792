// The conversation of one run, from the generator's side.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "loadgen/control.h"
#include "loadgen/generator.h"
#include "platform/address.h"
#include "platform/system_info.h"
#include "results/environment.h"

namespace recvbench {
namespace {

using std::chrono::milliseconds;

constexpr int exit_ok = 0;
constexpr int exit_invalid = 13;
constexpr milliseconds connect_limit{5000};
// The harness may start its engine and wait for other generators between two messages. That it is gone shows
// at once.
constexpr milliseconds answer_limit{60'000};
constexpr milliseconds bye_limit{5000};
constexpr milliseconds alive_interval{500};
constexpr milliseconds watch_interval{100};

// Tells the harness that this process lives, and calls `on_gone` once the harness does not. Ends with its
// object.
class Heartbeat {
 public:
  Heartbeat(ControlChannel& control, std::function<void()> on_gone)
      : control_(control), on_gone_(std::move(on_gone)), thread_([this] { beat(); }) {}
  ~Heartbeat() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

 private:
  void beat() {
    auto next_alive = std::chrono::steady_clock::now() + alive_interval;
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, watch_interval, [this] { return stopping_; })) {
      bool gone = control_.peer_gone();
      if (!gone && std::chrono::steady_clock::now() >= next_alive) {
        next_alive += alive_interval;
        try {
          control_.send("alive");
        } catch (const ControlError&) {
          gone = true;
        }
      }
      if (gone) {
        on_gone_();
        return;
      }
    }
  }

  ControlChannel& control_;
  std::function<void()> on_gone_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

// What the harness's closing of the control connection must reach: the generator once there is one.
class Run {
 public:
  // Throws ControlError or std::system_error.
  void converse(ControlChannel& control, const std::string& token) {
    control.send("hello", {{"protocol", control_protocol},
                           {"platform", platform_name()},
                           {"token", token},
                           {"version", build_info().version}});
    const Heartbeat heartbeat(control, [this] { harness_gone(); });
    const nlohmann::json answer = control.receive({"plan", "bye"}, answer_limit, answer_limit);
    if (answer["type"] == "bye") return;
    const LoadPlan plan = load_plan_from_json(answer);

    LoadGenerator generator(plan, &gone_);
    const Registration registration(*this, generator);
    control.send("connected");
    control.receive({"go"}, answer_limit, answer_limit);
    const LoadGenerator::Window window = generator.start();
    control.send("started", {{"window_begin_ns", window.begin_ns}, {"window_end_ns", window.end_ns}});
    const LoadResult result = generator.finish();
    if (gone_) throw ControlError("the harness closed the control connection during the run");
    control.send("result", to_json(result));
    control.receive({"bye"}, bye_limit, bye_limit);
  }

 private:
  // Keeps the generator reachable for harness_gone() while it exists.
  class Registration {
   public:
    Registration(Run& run, LoadGenerator& generator) : run_(run) {
      const std::lock_guard lock(run_.mutex_);
      run_.generator_ = &generator;
      if (run_.gone_) generator.cancel();
    }
    ~Registration() {
      const std::lock_guard lock(run_.mutex_);
      run_.generator_ = nullptr;
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    Run& run_;
  };

  void harness_gone() {
    gone_ = true;
    const std::lock_guard lock(mutex_);
    if (generator_ != nullptr) generator_->cancel();
  }

  std::atomic<bool> gone_ = false;
  std::mutex mutex_;
  LoadGenerator* generator_ = nullptr;
};

}  // namespace

int run_generator(const GeneratorOptions& options) {
  std::string failure;
  try {
    ControlChannel control(
        connect_tcp(Address::resolve(options.control_host, options.control_port), connect_limit));
    try {
      Run().converse(control, options.token);
      return exit_ok;
    } catch (const std::exception& error) {
      failure = error.what();
    }
    control.send("failed", {{"reason", failure}});
  } catch (const std::exception& error) {
    // Where the harness cannot be told any more, the first failure is the one to report.
    if (failure.empty()) failure = error.what();
  }
  std::fprintf(stderr, "recvbench load: %s\n", failure.c_str());
  return exit_invalid;
}

}  // namespace recvbench
