// Accepts connections by AcceptEx, whose completions arrive at a port like any other.
//
//   AcceptEx(listener, new socket, addresses, &overlapped) for each accept in flight
//   completion -> SO_UPDATE_ACCEPT_CONTEXT -> the connection -> AcceptEx again, with another new socket
//
// The sockets exist before the connections do, and no thread sits in accept: connections are taken by the
// threads that receive. AcceptEx is also asked for no first bytes (dwReceiveDataLength 0): with a buffer it
// would not complete before the peer has sent something, and a silent one could hold an accept for ever.
#pragma once

#include <winsock2.h>
#include <mswsock.h>
#include <windows.h>

#include <array>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>

#include "engines/engine.h"
#include "engines/winsock/port/completion_port.h"

namespace recvbench {

class PortListener {
 public:
  // Takes a connection as ReceiveEngine::add does.
  using Add = std::function<void(std::unique_ptr<Connection>)>;

  // Completions arrive at `port` with this key, for complete(). New sockets are made with `options`.
  // `admission` must outlive stop(). Throws std::system_error.
  PortListener(Socket listener, const SocketOptions& options, CompletionPort& port, ULONG_PTR key,
               Admission& admission, Add add);
  // After stop().
  ~PortListener() = default;
  PortListener(const PortListener&) = delete;
  PortListener& operator=(const PortListener&) = delete;

  // Posts the accepts. Throws std::system_error where one cannot be; stop() is due in any case.
  void start();

  // Any thread: a packet with the listener's key.
  static void complete(const OVERLAPPED_ENTRY& packet);

  // Cancels the accepts and waits until the port's threads have taken the last of them.
  void stop();

 private:
  // What AcceptEx wants for each address: 16 bytes more than the largest (AcceptEx, dwLocalAddressLength).
  static constexpr DWORD address_bytes = sizeof(SOCKADDR_STORAGE) + 16;
  // For bursts: a connection that finds no accept waits in the backlog, where nothing is lost either.
  static constexpr std::size_t accepts_in_flight = 16;

  struct Accept : WSAOVERLAPPED {
    PortListener* listener = nullptr;
    Socket socket;  // for the next connection
    std::array<std::byte, std::size_t{2} * address_bytes> addresses{};
  };

  std::error_code begin(Accept& accept);
  void post(Accept& accept);
  void take(Socket socket);
  void go_on(Accept& accept);

  const Socket listener_;
  const SocketOptions options_;
  const AddressFamily family_;
  const LPFN_ACCEPTEX accept_ex_;
  Admission& admission_;
  const Add add_;
  std::array<Accept, accepts_in_flight> accepts_{};  // every OVERLAPPED zeroed
  std::mutex mutex_;
  std::condition_variable all_home_;
  std::size_t in_flight_ = 0;
  bool stopping_ = false;
};

}  // namespace recvbench
