// Framing, limits and reasons of the control connection.
#include "loadgen/control.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <mutex>
#include <span>
#include <utility>

namespace recvbench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds send_limit{5000};
constexpr std::size_t length_bytes = 4;
// Of arrays and objects in each other; a result has 3. What is nested without end would overflow the stack of
// whatever walks it.
constexpr int deepest = 8;

milliseconds until(Clock::time_point deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
  return std::max(left, milliseconds(0));
}

std::string seconds_text(milliseconds time) {
  std::string text = std::to_string(time.count() / 1000);
  if (time.count() % 1000 != 0) text += "." + std::to_string(1000 + time.count() % 1000).substr(1);
  return text + " s";
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "'" : "' or '") + name;
  return text + "'";
}

std::string reason_of(const nlohmann::json& message) {
  const auto reason = message.find("reason");
  return reason != message.end() && reason->is_string() ? reason->get<std::string>() : "no reason given";
}

}  // namespace

struct ControlChannel::State {
  State(Socket connection, std::uint32_t most) : socket(std::move(connection)), most_bytes(most) {}

  // Reads what there is into `incoming`; false where there is nothing now. Throws once the peer has gone.
  bool read_available() {
    std::array<std::byte, 65536> chunk;
    const IoResult result = receive_some(socket.native(), chunk);
    if (result.error && would_block(result.error)) return false;
    if (result.error) {
      gone = true;
      throw ControlError("control connection broke: " + result.error.message());
    }
    if (result.bytes == 0) {
      gone = true;
      throw ControlError(taken == incoming.size()
                             ? "the peer closed the control connection"
                             : "the peer closed the control connection in the middle of a message");
    }
    // Once a read and not once a message: moving the rest for each of many small ones would take hours.
    incoming.erase(incoming.begin(), incoming.begin() + static_cast<std::ptrdiff_t>(taken));
    taken = 0;
    incoming.insert(incoming.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(result.bytes));
    return true;
  }

  // The next whole message of `incoming`, or null where it is not complete yet.
  nlohmann::json take_message() {
    const std::span<const std::byte> unread = std::span(incoming).subspan(taken);
    if (unread.size() < length_bytes) return nullptr;
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i)
      length |= std::to_integer<std::uint32_t>(unread[i]) << (8 * i);
    if (length > most_bytes)
      throw ControlError("control message of " + std::to_string(length) + " bytes announced; at most " +
                         std::to_string(most_bytes) + " are allowed");
    if (unread.size() - length_bytes < length) return nullptr;
    taken += length_bytes + length;
    const auto* text = reinterpret_cast<const char*>(unread.data()) + length_bytes;
    const auto check_depth = [](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
      if (depth > deepest) throw ControlError("control message is nested too deeply");
      return true;
    };
    nlohmann::json message = nlohmann::json::parse(text, text + length, check_depth, false);
    if (!message.is_object()) throw ControlError("control message is not a JSON object");
    const auto type = message.find("type");
    if (type == message.end() || !type->is_string()) throw ControlError("control message has no 'type'");
    return message;
  }

  Socket socket;
  std::mutex sending;
  std::mutex receiving;             // guards what follows
  std::uint32_t most_bytes;         // of a message
  std::vector<std::byte> incoming;  // received
  std::size_t taken = 0;            // of incoming, by take_message
  bool gone = false;
};

ControlChannel::ControlChannel(Socket socket, std::uint32_t most_bytes)
    : state_(std::make_unique<State>(std::move(socket), most_bytes)) {
  set_nonblocking(state_->socket, true);
  set_no_delay(state_->socket, true);
}
ControlChannel::~ControlChannel() = default;
ControlChannel::ControlChannel(ControlChannel&&) noexcept = default;
ControlChannel& ControlChannel::operator=(ControlChannel&&) noexcept = default;

void ControlChannel::send(const std::string& type, nlohmann::json body) {
  body["type"] = type;
  // Reasons may carry a system's error text in any encoding; a run must not fail over that.
  const std::string text = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > max_control_bytes)
    throw ControlError("control message '" + type + "' of " + std::to_string(text.size()) +
                       " bytes is longer than " + std::to_string(max_control_bytes));
  std::vector<std::byte> frame(length_bytes + text.size());
  for (std::size_t i = 0; i < length_bytes; ++i)
    frame[i] = static_cast<std::byte>((text.size() >> (8 * i)) & 0xFF);
  std::transform(text.begin(), text.end(), frame.begin() + length_bytes,
                 [](char letter) { return static_cast<std::byte>(letter); });
  const std::lock_guard lock(state_->sending);
  if (!state_->socket) throw ControlError("the control connection is closed");
  const IoResult result = send_all(state_->socket.native(), frame, send_limit);
  if (result.error) throw ControlError("sending control message '" + type + "': " + result.error.message());
}

nlohmann::json ControlChannel::receive(const std::vector<std::string>& expected, milliseconds limit,
                                       milliseconds silence) {
  const std::lock_guard lock(state_->receiving);
  if (!state_->socket) throw ControlError("the control connection is closed");
  const Clock::time_point deadline = Clock::now() + limit;
  Clock::time_point silent_since = Clock::now();
  // A peer that never stops sending must not stretch the limit.
  const auto too_late = [&](Clock::time_point end) {
    if (Clock::now() >= end)
      throw ControlError("no " + join(expected) + " from the peer within " + seconds_text(limit));
  };
  for (;;) {
    for (nlohmann::json message = state_->take_message(); !message.is_null();
         message = state_->take_message()) {
      too_late(deadline + silence);
      const auto type = message["type"].get<std::string>();
      if (std::find(expected.begin(), expected.end(), type) != expected.end()) return message;
      if (type == "alive") continue;
      if (type == "failed") throw ControlError("the peer failed: " + reason_of(message));
      if (type == "refuse") throw ControlError("the peer refused: " + reason_of(message));
      throw ControlError("control message '" + type + "' came where " + join(expected) + " was expected");
    }
    if (state_->read_available()) {
      silent_since = Clock::now();
      too_late(deadline + silence);
      continue;
    }
    too_late(deadline);
    if (Clock::now() - silent_since >= silence) {
      throw ControlError("the peer has been silent for " + seconds_text(silence) + "; waited for " +
                         join(expected));
    }
    wait_readable(state_->socket.native(), until(std::min(deadline, silent_since + silence)));
  }
}

void ControlChannel::trust() noexcept {
  const std::lock_guard lock(state_->receiving);
  state_->most_bytes = max_control_bytes;
}

bool ControlChannel::peer_gone() {
  const std::unique_lock lock(state_->receiving, std::try_to_lock);
  if (!lock) return false;  // receive() is at work and notices by itself
  if (state_->gone || !state_->socket) return true;
  try {
    // Bounded, so that a peer that floods the connection cannot fill the memory while nobody receives.
    while (state_->incoming.size() <= state_->most_bytes && state_->read_available()) {
    }
  } catch (const ControlError&) {
    return true;
  }
  return false;
}

void ControlChannel::close() noexcept {
  shutdown_both(state_->socket);  // wakes a thread that waits on the socket
  const std::scoped_lock lock(state_->sending, state_->receiving);
  state_->socket.close();
}

}  // namespace recvbench
