#include "harness/generator_process.h"

#include <array>
#include <random>

#include "platform/clock.h"

namespace recvbench {

namespace {

using std::chrono::milliseconds;

// A native generator says hello within 50 ms here; under Wine's cold start 1 s was seen.
constexpr milliseconds hello_limit{10'000};
// Strangers on the control port are dropped after this long, so that one cannot use up the time to say hello.
constexpr milliseconds stranger_limit{1'000};
constexpr milliseconds connect_limit{20'000};
constexpr milliseconds go_limit{5'000};
constexpr milliseconds exit_limit{3'000};

std::string random_token() {
  std::random_device device;
  std::string token;
  for (int i = 0; i < 4; ++i) {
    std::array<char, 9> word{};
    std::snprintf(word.data(), word.size(), "%08x", static_cast<unsigned>(device()));
    token += word.data();
  }
  return token;
}

std::string exit_text(ChildProcess& child) {
  if (!child.can_wait()) return {};
  if (const auto code = child.wait_exit(milliseconds(200)))
    return " (it ended with exit code " + std::to_string(*code) + ")";
  return {};
}

}  // namespace

GeneratorProcess::GeneratorProcess(const std::filesystem::path& program) {
  const Socket listener = listen_tcp(Address::loopback(AddressFamily::ipv4), 8);
  set_nonblocking(listener, true);
  const std::string token = random_token();
  child_.emplace(program, std::vector<std::string>{"load", "--connect", local_address(listener).to_string(),
                                                   "--token", token});

  const std::uint64_t deadline = now_ns() + static_cast<std::uint64_t>(hello_limit.count()) * 1'000'000;
  while (now_ns() < deadline) {
    if (child_->poll_exit()) break;
    if (!wait_readable(listener.native(), milliseconds(50))) continue;
    std::error_code error;
    Socket socket = accept_tcp(listener, error);
    if (!socket) continue;
    auto channel = std::make_unique<ControlChannel>(std::move(socket));
    nlohmann::json hello;
    try {
      hello = channel->receive({"hello"}, stranger_limit, stranger_limit);
    } catch (const ControlError&) {
      continue;  // not a generator
    }
    if (hello.value("token", "") != token) continue;
    version_ = hello.value("version", "");
    platform_ = hello.value("platform", "");
    if (const int protocol = hello.value("protocol", 0); protocol != control_protocol) {
      const std::string text = "generator speaks control protocol " + std::to_string(protocol) +
                               ", this harness " + std::to_string(control_protocol) +
                               ": use generator and harness of one version";
      channel->send("refuse", {{"reason", text}});
      throw ControlError(text);
    }
    channel_ = std::move(channel);
    return;
  }
  throw ControlError("generator " + program.string() + " did not say hello within " +
                     std::to_string(hello_limit.count() / 1000) + " s" + exit_text(*child_));
}

GeneratorProcess::~GeneratorProcess() {
  finish();
}

void GeneratorProcess::connect(const LoadPlan& plan) {
  channel_->send("plan", to_json(plan));
  channel_->receive({"connected"}, connect_limit);
}

GeneratorProcess::Window GeneratorProcess::go() {
  channel_->send("go");
  const nlohmann::json started = channel_->receive({"started"}, go_limit);
  try {
    return {started.at("window_begin_ns").get<std::uint64_t>(),
            started.at("window_end_ns").get<std::uint64_t>()};
  } catch (const nlohmann::json::exception& error) {
    throw ControlError(std::string("generator's \"started\" message: ") + error.what());
  }
}

void GeneratorProcess::check_alive() {
  if (channel_->peer_gone())
    throw ControlError("generator closed its control connection" + exit_text(*child_));
}

LoadResult GeneratorProcess::result(milliseconds limit) {
  return load_result_from_json(channel_->receive({"result"}, limit));
}

void GeneratorProcess::finish() noexcept {
  if (channel_) {
    try {
      channel_->send("bye");
    } catch (const ControlError&) {
      // It has gone already.
    }
    channel_->close();
    channel_.reset();
  }
  if (child_) {
    if (child_->can_wait()) child_->wait_exit(exit_limit);
    child_.reset();  // terminates it where it is still there
  }
}

}  // namespace recvbench
