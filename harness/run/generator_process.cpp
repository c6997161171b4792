#include "harness/run/generator_process.h"

#include <array>
#include <random>
#include <sstream>

#include "platform/clock.h"
#include "platform/error.h"
#include "results/append_file.h"

namespace recvbench {

namespace {

using std::chrono::milliseconds;

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

// A native generator says hello within 50 ms here; under Wine's cold start 1 s was seen.
constexpr milliseconds hello_limit{10'000};
// Strangers on the control port are dropped after this long, so that one cannot use up the time to say hello.
constexpr milliseconds stranger_limit{1'000};
constexpr milliseconds connect_limit{20'000};
constexpr milliseconds go_limit{5'000};
constexpr milliseconds silence_limit{5'000};  // without even an "alive"
constexpr milliseconds exit_limit{3'000};
// A hello is some 150 bytes.
constexpr std::uint32_t most_hello_bytes = 4096;

std::uint64_t in_ns(milliseconds time) {
  return static_cast<std::uint64_t>(time.count()) * 1'000'000;
}

std::string seconds(milliseconds time) {
  return (std::ostringstream() << static_cast<double>(time.count()) / 1000 << " s").str();
}

// A peer's words must neither break a line nor fill the screen.
std::string one_line(std::string text) {
  constexpr std::size_t most = 300;
  if (text.size() > most) {
    text.resize(most);
    text += "...";
  }
  for (char& letter : text)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7F) letter = ' ';
  return text;
}

// Empty where the peer sent no such text.
std::string text_of(const nlohmann::json& message, const char* key) {
  const auto value = message.find(key);
  return value != message.end() && value->is_string() ? value->get<std::string>() : std::string();
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
  try {
    child_.emplace(program, std::vector<std::string>{"load", "--connect", local_address(listener).to_string(),
                                                     "--token", token});
  } catch (const std::system_error& error) {
    throw ControlError(error.what());
  }

  std::string turned_away;  // why the last connection was
  const std::uint64_t deadline = now_ns() + in_ns(hello_limit);
  while (now_ns() < deadline) {
    if (child_->poll_exit()) break;
    if (!wait_readable(listener.native(), milliseconds(50))) continue;
    std::error_code error;
    Socket socket = accept_tcp(listener, error);
    if (!socket) {
      if (would_block(error) || peer_left(error)) continue;  // it left before it was accepted
      throw ControlError("accept on the control port: " + error.message());
    }
    auto channel = std::make_unique<ControlChannel>(std::move(socket), most_hello_bytes);
    nlohmann::json hello;
    try {
      hello = channel->receive({"hello"}, stranger_limit, stranger_limit);
    } catch (const ControlError& stranger) {
      turned_away = stranger.what();
      continue;
    }
    if (text_of(hello, "token") != token) {
      turned_away = "hello with another token";
      continue;
    }
    channel->trust();
    version_ = one_line(text_of(hello, "version"));
    platform_ = one_line(text_of(hello, "platform"));
    if (const auto protocol = hello.find("protocol");
        protocol == hello.end() || *protocol != control_protocol) {
      const std::string text =
          "generator " + display_path(program) + " speaks control protocol " +
          (protocol == hello.end() ? "unknown" : one_line(protocol->dump(-1, ' ', true))) +
          ", this harness " + std::to_string(control_protocol) + ": use generator and harness of one version";
      channel->send("refuse", {{"reason", text}});
      throw ControlError(text);
    }
    channel_ = std::move(channel);
    return;
  }
  throw ControlError("generator " + display_path(program) + " did not say hello" +
                     (child_->poll_exit() ? exit_text(*child_) : " within " + seconds(hello_limit)) +
                     (turned_away.empty() ? "" : "; a connection was turned away: " + turned_away));
}

GeneratorProcess::~GeneratorProcess() {
  finish();
}

// Names the generator where the channel knows only a peer.
nlohmann::json GeneratorProcess::receive(const char* expected, milliseconds limit) {
  try {
    return channel_->receive({expected}, limit, silence_limit);
  } catch (const ControlError& error) {
    throw ControlError("generator: " + one_line(error.what()) +
                       (channel_->peer_gone() ? exit_text(*child_) : ""));
  }
}

void GeneratorProcess::connect(const LoadPlan& plan) {
  warmup_ns_ = plan.warmup_ns;
  duration_ns_ = plan.duration_ns;
  channel_->send("plan", to_json(plan));
  receive("connected", connect_limit);
}

GeneratorProcess::Window GeneratorProcess::go() {
  channel_->send("go");
  const nlohmann::json started = receive("started", go_limit);
  const auto time = [&](const char* key) -> std::uint64_t {
    const auto value = started.find(key);
    if (value == started.end() || !value->is_number_unsigned())
      throw ControlError(std::string("generator's \"started\" message has no ") + key);
    return value->get<std::uint64_t>();
  };
  const Window window{time("window_begin_ns"), time("window_end_ns")};
  // The load begins within the step's limit on either side of now, on the clock that both share.
  const std::uint64_t expected = now_ns() + warmup_ns_;
  const std::uint64_t off =
      window.begin_ns > expected ? window.begin_ns - expected : expected - window.begin_ns;
  if (off > in_ns(go_limit) || window.end_ns - window.begin_ns != duration_ns_)
    throw ControlError("generator measures from " + std::to_string(window.begin_ns) + " to " +
                       std::to_string(window.end_ns) + " ns, not " + std::to_string(duration_ns_) +
                       " ns from about " + std::to_string(expected) + ": it has another clock or plan");
  return window;
}

void GeneratorProcess::check_alive() {
  if (channel_->peer_gone())
    throw ControlError("generator closed its control connection" + exit_text(*child_));
}

LoadResult GeneratorProcess::result(milliseconds limit) {
  return load_result_from_json(receive("result", limit));
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
