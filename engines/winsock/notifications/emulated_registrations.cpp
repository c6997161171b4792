// What holds of a socket, and who is to be told.
#include "engines/winsock/notifications/emulated_registrations.h"

#include <vector>

namespace recvbench {

using namespace notify;

// One registration.
struct EmulatedNotifications::Watch {
  Watch(SOCKET watched, HANDLE told, void* completion_key)
      : socket(watched), port(told), key(completion_key), identity(watched) {}

  bool is_edge() const { return (trigger & trigger_edge) != 0; }
  bool is_oneshot() const { return (trigger & trigger_oneshot) != 0; }
  // What of this is asked for and not queued yet.
  Events news(Events holding) const {
    const unsigned asked_for = unsigned{filter} | event_error;
    return static_cast<Events>(holding & asked_for & ~unsigned{queued});
  }
  // closesocket, noticed late.
  bool is_closed() const { return identity.is_gone(SocketIdentity(socket)); }

  const SOCKET socket;
  const HANDLE port;
  void* const key;
  const SocketIdentity identity;
  Events filter = 0;
  std::uint8_t trigger = 0;
  bool enabled = false;
  bool removed = false;
  long network_events = 0;
  bool look_again = false;  // level, persistent: delivered since the last look
  Events queued = 0;        // of the packet in the port; 0 = there is none
};

namespace {

using Events = std::uint16_t;

Events combined(Events some, Events more) {
  return static_cast<Events>(some | more);
}

bool is_one_of(std::uint8_t flags, std::uint8_t one, std::uint8_t other) {
  return ((flags & one) != 0) != ((flags & other) != 0);
}

// The documentation's own example registers without either of persistent and oneshot: persistent.
bool is_valid(const Registration& registration) {
  constexpr std::uint8_t known = trigger_oneshot | trigger_persistent | trigger_level | trigger_edge;
  constexpr std::uint8_t both = trigger_oneshot | trigger_persistent;
  return (registration.event_filter & ~unsigned{events_to_ask_for}) == 0 &&
         (registration.trigger_flags & ~unsigned{known}) == 0 &&
         is_one_of(registration.trigger_flags, trigger_level, trigger_edge) &&
         (registration.trigger_flags & both) != both;
}

long network_events_of(Events filter) {
  return FD_READ | FD_ACCEPT | FD_CLOSE | ((filter & event_out) != 0 ? FD_WRITE : 0);
}

// Not POLLWRNORM unless it is wanted: it holds nearly always.
SHORT poll_events(Events filter) {
  return static_cast<SHORT>(POLLRDNORM | ((filter & event_out) != 0 ? POLLWRNORM : 0));
}

Events events_of_poll(SHORT revents) {
  Events events = 0;
  if ((revents & POLLRDNORM) != 0) events = combined(events, event_in);
  if ((revents & POLLWRNORM) != 0) events = combined(events, event_out);
  if ((revents & POLLHUP) != 0) events = combined(events, event_hangup);
  if ((revents & POLLERR) != 0) events = combined(events, event_error);
  return events;
}

Events events_of_network(const WSANETWORKEVENTS& network) {
  Events events = 0;
  if ((network.lNetworkEvents & (FD_READ | FD_ACCEPT)) != 0) events = combined(events, event_in);
  if ((network.lNetworkEvents & FD_WRITE) != 0) events = combined(events, event_out);
  if ((network.lNetworkEvents & FD_CLOSE) != 0) {
    events = combined(events, combined(event_hangup, event_error));
  }
  return events;
}

// What holds now; nothing where the socket cannot be asked.
Events holding(SOCKET socket, Events filter) {
  WSAPOLLFD entry{socket, poll_events(filter), 0};
  return WSAPoll(&entry, 1, 0) > 0 ? events_of_poll(entry.revents) : Events{0};
}

// What is new since the last time it was asked; asking makes it old.
Events take_new_events(SOCKET socket) {
  WSANETWORKEVENTS network{};
  return WSAEnumNetworkEvents(socket, nullptr, &network) == 0 ? events_of_network(network) : Events{0};
}

}  // namespace

EmulatedNotifications::EmulatedNotifications() : watcher_([this] { watch_sockets(); }) {}

EmulatedNotifications::~EmulatedNotifications() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  WSASetEvent(something_happened_.handle());
  watcher_.join();
}

DWORD EmulatedNotifications::apply(HANDLE port, const Registration& registration) {
  const std::lock_guard lock(mutex_);
  if (registration.operation == operation_none) return ERROR_SUCCESS;
  if (registration.operation == operation_enable) return enable(port, registration);
  Watch* const watch = find(registration.socket);
  if (watch == nullptr || watch->port != port) return ERROR_NOT_FOUND;
  if (registration.operation == operation_remove) return remove(*watch);
  if (registration.operation != operation_disable) return WSAEINVAL;
  watch->enabled = false;
  return ERROR_SUCCESS;
}

DWORD EmulatedNotifications::enable(HANDLE port, const Registration& registration) {
  if (!is_valid(registration)) return WSAEINVAL;
  Watch* watch = find(registration.socket);
  if (watch != nullptr && watch->port != port) return WSAEINVAL;
  const long network_events = network_events_of(registration.event_filter);
  if (watch == nullptr || watch->network_events != network_events) {
    if (WSAEventSelect(registration.socket, something_happened_.handle(), network_events) != 0) {
      return static_cast<DWORD>(WSAGetLastError());
    }
  }
  if (watch == nullptr) {
    auto made = std::make_unique<Watch>(registration.socket, port, registration.completion_key);
    watch = made.get();
    watches_.emplace(watch, std::move(made));
    by_socket_.emplace(watch->socket, watch);
  }
  watch->network_events = network_events;
  watch->filter = registration.event_filter;
  watch->trigger = registration.trigger_flags;
  watch->enabled = true;
  if (watch->is_edge()) {
    take_new_events(watch->socket);  // what began to hold before it was enabled is no edge
    return ERROR_SUCCESS;
  }
  const DWORD error = look_at(*watch, holding(watch->socket, watch->filter));
  if (error != ERROR_SUCCESS) forget(*watch);
  return error;
}

DWORD EmulatedNotifications::remove(Watch& watch) {
  WSAEventSelect(watch.socket, nullptr, 0);
  const DWORD error = tell(watch, event_remove);
  forget(watch);
  return error;
}

void EmulatedNotifications::look_again(HANDLE port) {
  const std::lock_guard lock(mutex_);
  for (const auto& [address, watch] : watches_) {
    if (!watch->look_again || watch->port != port) continue;
    watch->look_again = false;
    if (watch->enabled) look_at(*watch, holding(watch->socket, watch->filter));
  }
}

void EmulatedNotifications::deliver(OVERLAPPED_ENTRY& packet) {
  const std::lock_guard lock(mutex_);
  const auto found = watches_.find(packet.lpOverlapped);
  if (found == watches_.end()) return;
  Watch& watch = *found->second;
  packet.dwNumberOfBytesTransferred = watch.queued;
  watch.queued = 0;
  if (watch.removed) {
    watches_.erase(found);
  } else if (watch.is_oneshot()) {
    watch.enabled = false;
  } else {
    watch.look_again = !watch.is_edge();
  }
}

// The body of the thread.
void EmulatedNotifications::watch_sockets() {
  for (;;) {
    const WSAEVENT event = something_happened_.handle();
    constexpr BOOL all = FALSE;
    constexpr BOOL alertable = FALSE;
    WSAWaitForMultipleEvents(1, &event, all, WSA_INFINITE, alertable);
    WSAResetEvent(event);  // before the look: what happens from here on sets it again
    const std::lock_guard lock(mutex_);
    if (closing_) return;
    look_at_all();
  }
}

void EmulatedNotifications::look_at_all() {
  std::vector<WSAPOLLFD> entries;
  std::vector<Watch*> watches;
  for (const auto& [socket, watch] : by_socket_) {
    if (!watch->enabled) continue;
    entries.push_back({socket, poll_events(watch->filter), 0});
    watches.push_back(watch);
  }
  if (entries.empty() || WSAPoll(entries.data(), static_cast<ULONG>(entries.size()), 0) <= 0) return;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if ((entries[i].revents & POLLNVAL) != 0) {
      forget(*watches[i]);
      continue;
    }
    const Events holding = events_of_poll(entries[i].revents);
    if (watches[i]->news(holding) == 0) continue;
    if (watches[i]->is_closed()) {
      forget(*watches[i]);
    } else {
      look_at(*watches[i], holding);
    }
  }
}

DWORD EmulatedNotifications::look_at(Watch& watch, Events held) {
  Events events = watch.news(held);
  if (watch.is_edge() && events != 0) {
    // What is new, and then whether it holds: what happens in between sets the event again.
    const Events begun = take_new_events(watch.socket);
    events = static_cast<Events>(watch.news(holding(watch.socket, watch.filter)) & begun);
  }
  return events == 0 ? ERROR_SUCCESS : tell(watch, events);
}

// Coalesced with what is queued already.
DWORD EmulatedNotifications::tell(Watch& watch, Events events) {
  const bool is_queued = watch.queued != 0;
  watch.queued = combined(watch.queued, events);
  if (is_queued ||
      PostQueuedCompletionStatus(watch.port, watch.queued, reinterpret_cast<ULONG_PTR>(watch.key),
                                 reinterpret_cast<OVERLAPPED*>(&watch))) {
    return ERROR_SUCCESS;
  }
  watch.queued = 0;
  return GetLastError();
}

// No longer registered. What is queued is still delivered.
void EmulatedNotifications::forget(Watch& watch) {
  by_socket_.erase(watch.socket);
  watch.enabled = false;
  watch.removed = true;
  if (watch.queued == 0) watches_.erase(&watch);
}

EmulatedNotifications::Watch* EmulatedNotifications::find(SOCKET socket) {
  const auto found = by_socket_.find(socket);
  if (found == by_socket_.end()) return nullptr;
  if (!found->second->is_closed()) return found->second;
  forget(*found->second);
  return nullptr;
}

}  // namespace recvbench
