#include "harness/receiver/connection_gate.h"

#include <algorithm>

#include "harness/receiver/message_accounting.h"

namespace recvbench {

std::unique_ptr<Connection> ConnectionGate::admit(Socket socket) {
  const std::optional<int> granted = granted_receive_buffer(socket);
  {
    const std::lock_guard lock(mutex_);
    if (admitted_ == limit_) return nullptr;
    ++admitted_;
    if (granted) receive_buffer_ = std::min(receive_buffer_.value_or(*granted), *granted);
  }
  set_no_delay(socket, true);
  return std::make_unique<ReceivedConnection>(std::move(socket));
}

void ConnectionGate::failed(const std::system_error& error) {
  const std::lock_guard lock(mutex_);
  if (first_error_.empty()) first_error_ = error.what();
}

std::optional<int> ConnectionGate::receive_buffer() const {
  const std::lock_guard lock(mutex_);
  return receive_buffer_;
}

std::string ConnectionGate::first_error() const {
  const std::lock_guard lock(mutex_);
  return first_error_;
}

}  // namespace recvbench
