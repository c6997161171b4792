// A Winsock event object: manual-reset, not set.
#pragma once

#include <winsock2.h>

#include "platform/error.h"

namespace recvbench {

class Event {
 public:
  // Throws std::system_error.
  Event() : handle_(WSACreateEvent()) {
    if (handle_ == WSA_INVALID_EVENT) throw_error(last_socket_error(), "WSACreateEvent");
  }
  ~Event() { WSACloseEvent(handle_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  WSAEVENT handle() const { return handle_; }

 private:
  const WSAEVENT handle_;
};

}  // namespace recvbench
