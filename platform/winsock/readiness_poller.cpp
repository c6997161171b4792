// ReadinessPoller on one event for all sockets (WSAEventSelect), waited for beside a timer.
//
// The event says no more than that a socket may be ready. It is set once for data, and again only after the
// next receive; for room after a send was refused; for an end once. What is ready, and still is, WSAPoll
// says. For nothing to be lost
// - the event is reset before WSAPoll looks, so that what comes meanwhile sets it again;
// - doubtful sockets, those of which the event may not tell again, are looked at before every wait: what was
//   ready at the last look, what was added or changed since, and what waits for room. A send that took a part
//   was not refused, so that the event need not tell of room at all: then no wait is longer than 1 ms.
// A look costs about as much as there are sockets in it: at all of them only after the event.
#include "platform/readiness_poller.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <winsock2.h>
#include <windows.h>

#include "platform/winsock/high_resolution_timer.h"

namespace recvbench {
namespace {

constexpr std::uint64_t look_for_room_ns = 1'000'000;
constexpr std::uint64_t ms_ns = 1'000'000;

SHORT interest_bits(unsigned interest) noexcept {
  int bits = 0;
  if ((interest & ReadinessPoller::reading) != 0) bits |= POLLRDNORM;
  if ((interest & ReadinessPoller::writing) != 0) bits |= POLLWRNORM;
  return static_cast<SHORT>(bits);
}

// What sets the event.
long network_events(unsigned interest) noexcept {
  long events = FD_CLOSE;
  if ((interest & ReadinessPoller::reading) != 0) events |= FD_READ;
  if ((interest & ReadinessPoller::writing) != 0) events |= FD_WRITE | FD_CONNECT;
  return events;
}

bool has_high_resolution() noexcept {
  static const bool has = static_cast<bool>(HighResolutionTimer());
  return has;
}

}  // namespace

struct ReadinessPoller::State {
  struct Name {  // of the socket at the same place
    std::size_t key;
    bool doubtful;
  };

  // Reset by the wait that it ends.
  State() : event(::CreateEventW(nullptr, FALSE, FALSE, nullptr)) {
    if (!event) throw_error(last_system_error(), "CreateEventW");
  }
  ~State() { ::CloseHandle(event); }  // Winsock has its own reference for sockets that are still here
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void select(NativeSocket socket, unsigned interest) const {
    WSANETWORKEVENTS recorded;
    // The record is not used, and emptied: while there is something in it Wine 8 sets the event at every
    // look.
    if (::WSAEventSelect(socket, event, network_events(interest)) == SOCKET_ERROR ||
        ::WSAEnumNetworkEvents(socket, nullptr, &recorded) == SOCKET_ERROR)
      throw_error(last_socket_error(), "WSAEventSelect", "socket " + std::to_string(socket));
  }

  void doubt(std::size_t place) {
    if (std::exchange(names[place].doubtful, true)) return;
    doubtful.push_back(names[place].key);
  }

  // Nothing is in doubt any more; the places of what was.
  const std::vector<std::size_t>& take_doubtful() {
    taken.clear();
    for (const std::size_t key : doubtful) {
      const auto found = places.find(key);  // may be gone, or be there again
      if (found != places.end() && std::exchange(names[found->second].doubtful, false))
        taken.push_back(found->second);
    }
    doubtful.clear();
    return taken;
  }

  static void poll(std::vector<WSAPOLLFD>& entries) {
    if (entries.empty()) return;  // WSAPoll refuses an empty set
    if (::WSAPoll(entries.data(), static_cast<ULONG>(entries.size()), 0) == SOCKET_ERROR)
      throw_error(last_socket_error(), "WSAPoll");
  }

  void note(std::size_t place, const WSAPOLLFD& entry) {
    const int bits = entry.revents;
    if (bits != 0) {
      const bool broken = (bits & (POLLERR | POLLHUP | POLLNVAL)) != 0;
      events.push_back(
          {names[place].key, broken || (bits & POLLRDNORM) != 0, broken || (bits & POLLWRNORM) != 0});
    }
    if (bits != 0 || (entry.events & POLLWRNORM) != 0) doubt(place);
  }

  void look_at_all() {
    poll(sockets);
    take_doubtful();
    for (std::size_t place = 0; place < sockets.size(); ++place) note(place, sockets[place]);
  }

  void look_at_doubtful() {
    looked_at.clear();
    for (const std::size_t place : take_doubtful()) looked_at.push_back(sockets[place]);
    poll(looked_at);
    for (std::size_t i = 0; i < looked_at.size(); ++i) note(taken[i], looked_at[i]);
  }

  // True once the event was set, which resets it; false where the time is over.
  bool wait_for_event(std::uint64_t timeout_ns) const {
    DWORD answer = WAIT_TIMEOUT;
    if (timeout_ns > 0 && timer) {
      if (!timer.start(timeout_ns)) throw_error(last_system_error(), "SetWaitableTimer");
      const std::array<HANDLE, 2> handles{event, timer.native()};
      answer = ::WaitForMultipleObjects(2, handles.data(), FALSE, INFINITE);
    } else {
      const std::uint64_t timeout_ms = std::min<std::uint64_t>(timeout_ns / ms_ns, 60'000);
      answer = ::WaitForSingleObject(event, static_cast<DWORD>(timeout_ms));
    }
    if (answer == WAIT_FAILED) throw_error(last_system_error(), "waiting for a socket's event");
    return answer == WAIT_OBJECT_0;
  }

  const HANDLE event;
  const HighResolutionTimer timer;
  std::vector<WSAPOLLFD> sockets;
  std::vector<Name> names;
  std::unordered_map<std::size_t, std::size_t> places;  // by key
  std::vector<std::size_t> doubtful;                    // keys
  std::vector<std::size_t> taken;                       // places
  std::vector<WSAPOLLFD> looked_at;
  std::vector<Event> events;
};

ReadinessPoller::ReadinessPoller() : state_(std::make_unique<State>()) {}
ReadinessPoller::~ReadinessPoller() = default;
ReadinessPoller::ReadinessPoller(ReadinessPoller&&) noexcept = default;
ReadinessPoller& ReadinessPoller::operator=(ReadinessPoller&&) noexcept = default;

void ReadinessPoller::add(NativeSocket socket, std::size_t key, unsigned interest) {
  state_->select(socket, interest);
  WSAPOLLFD entry{};
  entry.fd = socket;
  entry.events = interest_bits(interest);
  const std::size_t place = state_->sockets.size();
  state_->places[key] = place;
  state_->sockets.push_back(entry);
  state_->names.push_back({key, false});
  state_->doubt(place);
}

void ReadinessPoller::change(NativeSocket socket, std::size_t key, unsigned interest) {
  state_->select(socket, interest);
  const std::size_t place = state_->places.at(key);
  state_->sockets[place].events = interest_bits(interest);
  state_->doubt(place);
}

void ReadinessPoller::remove(NativeSocket socket, std::size_t key) noexcept {
  const auto found = state_->places.find(key);
  if (found == state_->places.end()) return;
  ::WSAEventSelect(socket, nullptr, 0);
  const std::size_t place = found->second;
  state_->places.erase(found);
  const std::size_t last = state_->sockets.size() - 1;
  if (place != last) {
    state_->sockets[place] = state_->sockets[last];
    state_->names[place] = state_->names[last];
    state_->places.find(state_->names[place].key)->second = place;
  }
  state_->sockets.pop_back();
  state_->names.pop_back();
}

std::uint64_t ReadinessPoller::shortest_sleep_ns() noexcept {
  return has_high_resolution() ? 100 : ms_ns;
}

std::uint64_t ReadinessPoller::wake_up_lateness_ns() noexcept {
  // The high-resolution timer steps by 0.5 ms and ends up to 1 ms late (github.com/alexheretic/spin-sleep,
  // pull request 22); under Wine 8 it was up to 1.16 ms in 9 of 10 waits. Without it: the tick.
  return has_high_resolution() ? 1'200'000 : 16'000'000;
}

std::span<const ReadinessPoller::Event> ReadinessPoller::wait(std::uint64_t timeout_ns) {
  State& state = *state_;
  state.events.clear();
  if (timeout_ns == 0 || !state.doubtful.empty()) {
    // The event first: sockets that are always ready must not hide the others.
    if (state.wait_for_event(0)) {
      state.look_at_all();
    } else {
      state.look_at_doubtful();
    }
    if (timeout_ns == 0 || !state.events.empty()) return state.events;
  }
  // What is still in doubt waits for room.
  const std::uint64_t left_ns = state.doubtful.empty() ? timeout_ns : std::min(timeout_ns, look_for_room_ns);
  if (state.wait_for_event(left_ns)) state.look_at_all();
  return state.events;
}

}  // namespace recvbench
