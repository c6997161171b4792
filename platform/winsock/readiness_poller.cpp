// ReadinessPoller on WSAPoll.
#include "platform/readiness_poller.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include <winsock2.h>

namespace recvbench {
namespace {

constexpr std::uint64_t timer_step_ns = 16'000'000;  // default tick of Windows' timers: 15.6 ms

SHORT interest_bits(unsigned interest) noexcept {
  int bits = 0;
  if ((interest & ReadinessPoller::reading) != 0) bits |= POLLRDNORM;
  if ((interest & ReadinessPoller::writing) != 0) bits |= POLLWRNORM;
  return static_cast<SHORT>(bits);
}

}  // namespace

struct ReadinessPoller::State {
  std::vector<WSAPOLLFD> sockets;
  std::vector<std::size_t> keys;                        // of the socket at the same place
  std::unordered_map<std::size_t, std::size_t> places;  // by key
  std::vector<Event> events;
};

ReadinessPoller::ReadinessPoller() : state_(std::make_unique<State>()) {}
ReadinessPoller::~ReadinessPoller() = default;
ReadinessPoller::ReadinessPoller(ReadinessPoller&&) noexcept = default;
ReadinessPoller& ReadinessPoller::operator=(ReadinessPoller&&) noexcept = default;

void ReadinessPoller::add(NativeSocket socket, std::size_t key, unsigned interest) {
  WSAPOLLFD entry{};
  entry.fd = socket;
  entry.events = interest_bits(interest);
  state_->places[key] = state_->sockets.size();
  state_->sockets.push_back(entry);
  state_->keys.push_back(key);
  state_->events.reserve(state_->sockets.size());
}

void ReadinessPoller::change(NativeSocket, std::size_t key, unsigned interest) {
  state_->sockets[state_->places.at(key)].events = interest_bits(interest);
}

void ReadinessPoller::remove(NativeSocket, std::size_t key) noexcept {
  const auto found = state_->places.find(key);
  if (found == state_->places.end()) return;
  const std::size_t place = found->second;
  state_->places.erase(found);
  const std::size_t last = state_->sockets.size() - 1;
  if (place != last) {
    state_->sockets[place] = state_->sockets[last];
    state_->keys[place] = state_->keys[last];
    state_->places.find(state_->keys[place])->second = place;
  }
  state_->sockets.pop_back();
  state_->keys.pop_back();
}

std::uint64_t ReadinessPoller::shortest_sleep_ns() noexcept {
  return timer_step_ns + 1'000'000;  // WSAPoll counts in ms
}

std::span<const ReadinessPoller::Event> ReadinessPoller::wait(std::uint64_t timeout_ns) {
  const std::uint64_t wait_ns = timeout_ns > timer_step_ns ? timeout_ns - timer_step_ns : 0;
  const auto wait_ms = static_cast<DWORD>(std::min<std::uint64_t>(wait_ns / 1'000'000, 60'000));
  state_->events.clear();
  if (state_->sockets.empty()) {  // WSAPoll refuses an empty set
    ::Sleep(wait_ms);
    return {};
  }
  const int count = ::WSAPoll(state_->sockets.data(), static_cast<ULONG>(state_->sockets.size()),
                              static_cast<INT>(wait_ms));
  if (count == SOCKET_ERROR) throw_error(last_socket_error(), "WSAPoll");
  if (count == 0) return {};
  for (std::size_t i = 0; i < state_->sockets.size(); ++i) {
    const int bits = state_->sockets[i].revents;
    if (bits == 0) continue;
    const bool broken = (bits & (POLLERR | POLLHUP | POLLNVAL)) != 0;
    state_->events.push_back(
        {state_->keys[i], broken || (bits & POLLRDNORM) != 0, broken || (bits & POLLWRNORM) != 0});
  }
  return state_->events;
}

}  // namespace recvbench
