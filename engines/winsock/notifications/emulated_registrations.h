// The registrations behind the emulation of socket state notifications (notifications/emulation.h):
//
//   enable      WSAEventSelect of every socket on one event; WSAPoll for what holds already
//   something   a thread wakes by the event, asks WSAPoll what holds, WSAEnumNetworkEvents what is new
//   notify      PostQueuedCompletionStatus to the registration's port, one packet a registration at a time
//   delivery    the packet's events are those gathered until it was taken off the port
//
// A packet's lpOverlapped names its registration, which is kept until the packet has been taken, removed or
// not.
#pragma once

#include <winsock2.h>

#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "engines/winsock/overlapped/event.h"
#include "engines/winsock/socket_identity.h"
#include "engines/winsock/notifications/abi.h"

namespace recvbench {

// Thread-safe.
class EmulatedNotifications {
 public:
  // Throws std::system_error where there is no event or no thread to be had.
  EmulatedNotifications();
  ~EmulatedNotifications();
  EmulatedNotifications(const EmulatedNotifications&) = delete;
  EmulatedNotifications& operator=(const EmulatedNotifications&) = delete;

  // Carries out one registration; returns its result: ERROR_SUCCESS or why nothing changed. Throws
  // std::bad_alloc.
  DWORD apply(HANDLE port, const notify::Registration& registration);

  // To be called before a wait at `port`: conditions of its persistent level-triggered registrations that
  // hold still are notified again.
  void look_again(HANDLE port);

  // To be called with every packet taken off a port. Puts the gathered events into a notification; leaves
  // other packets as they are.
  void deliver(OVERLAPPED_ENTRY& packet);

 private:
  struct Watch;
  using Events = std::uint16_t;

  DWORD enable(HANDLE port, const notify::Registration& registration);
  DWORD remove(Watch& watch);
  void watch_sockets();
  void look_at_all();
  DWORD look_at(Watch& watch, Events held);
  DWORD tell(Watch& watch, Events events);
  void forget(Watch& watch);
  Watch* find(SOCKET socket);

  const Event something_happened_;
  std::mutex mutex_;  // guards what follows, but the thread
  bool closing_ = false;
  std::unordered_map<const void*, std::unique_ptr<Watch>> watches_;  // by address; removed ones too
  std::unordered_map<SOCKET, Watch*> by_socket_;                     // those that are not removed
  std::thread watcher_;
};

}  // namespace recvbench
